/* Builds elements. Words become text nodes and nothing else: no string is ever read as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: class, text, on (listeners), and any attribute; false and null leave an attribute out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  menu: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M4 12l16-8-6 16-3-7-7-1z",
  copy: "M9 9h10v11H9zM6 15H5V4h10v2",
  print: "M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z",
  up: "M7 11v9H4v-9zM7 11l4-8c1.600 0 2.500 1.100 2.200 2.700L12.600 9H19a1.800 1.800 0 0 1 1.700 2.200l-1.600 7.200A2 2 0 0 1 17.200 20H7",
  down: "M17 13V4h3v9zM17 13l-4 8c-1.600 0-2.500-1.100-2.200-2.700l.6-3.300H5a1.800 1.800 0 0 1-1.700-2.200l1.600-7.200A2 2 0 0 1 6.800 4H17",
  phone: "M6.500 3.500l3 .5 1.200 4-2 1.700a13 13 0 0 0 5.600 5.600l1.700-2 4 1.200.5 3c-.2 1.700-1.300 2.700-3 2.500C9.800 19.200 4.800 14.200 4 6.500c-.2-1.700.8-2.800 2.500-3z",
  warning: "M12 3.500L22 20.500H2zM12 10v5M12 17.700v.3",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.500V12l3 2",
  heart: "M12 20.500S3.500 15.500 3.500 9.300C3.500 6.500 5.500 4.500 8 4.500c1.700 0 3.200.9 4 2.400.8-1.500 2.300-2.400 4-2.400 2.500 0 4.500 2 4.500 4.800 0 6.200-8.500 11.200-8.500 11.200z",
  book: "M12 6.500C10 5 7 4.500 4 5v13c3-.5 6 0 8 1.500 2-1.500 5-2 8-1.500V5c-3-.5-6 0-8 1.500zM12 6.500v13",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.700v.3",
  bot: "M12 3v3M7 6h10a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3zM9 11.500v1M15 11.500v1M9.500 15.500h5",
};

/** A drawing that says nothing: the words beside it do. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button with words, with a drawing and words, or (`label` alone) with a drawing and a name. */
export function button({ text, label, draw, kind = "", on, ...attributes }) {
  return el(
    "button",
    { type: "button", class: `button ${kind}`.trim(), "aria-label": label, title: label && !text ? label : null, on: { click: on }, ...attributes },
    draw ? icon(draw) : null,
    text ? el("span", { text, dir: "auto" }) : null,
  );
}
