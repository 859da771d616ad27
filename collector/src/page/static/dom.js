// @ts-check

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
