/** The data source that is chosen at the top of the dashboard: no panel names one itself. */
export const datasource = { type: "prometheus", uid: "$datasource" };
