// @ts-check
import { labelsOfId } from "./format.js";

/**
 * Adds an element at the end of another one.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} tag
 * @param {string} [className]
 */
export function add(parent, tag, className = "") {
  const element = parent.appendChild(document.createElement(tag));
  if (className !== "") element.className = className;
  return element;
}

/**
 * The name of a series: its title, and its labels as in its id.
 * @template {"a" | "span"} Tag
 * @param {Element} parent
 * @param {Tag} tag of the title
 */
export function createName(parent, tag) {
  const name = add(parent, "span");
  const title = add(name, tag);
  const labels = add(name, "span", "labels");
  return {
    title,
    /**
     * @param {string} text
     * @param {string} id
     */
    show(text, id) {
      title.textContent = text;
      if (name.title === id) return;
      name.title = id;
      // A line breaks between two labels, if it has to.
      const pairs = labelsOfId(id).match(/(?:[^,"]|"(?:\\.|[^"\\])*")+,?/g) ?? [];
      labels.replaceChildren();
      for (const pair of pairs) add(labels, "span").textContent = pair;
    },
  };
}
