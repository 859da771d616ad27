/** The data source chosen at the top of the dashboard; every panel uses it. */
export const datasource = { type: "prometheus", uid: "$datasource" };
