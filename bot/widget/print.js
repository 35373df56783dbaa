/* Prints one answer on a page of its own: question, answer, source, whole disclaimer, the clinic. */

import { el } from "./dom.js";
import { paragraphs } from "./render.js";

const STYLE = `
  body { font: 12pt/1.5 Georgia, "Times New Roman", serif; color: #000; background: #fff; margin: 0; }
  h1 { font-size: 17pt; line-height: 1.25; }
  a { color: inherit; text-decoration: none; }
  .source, .disclaimer, .clinic { border-top: 1px solid #666; font-size: 10pt; }
`;

export function printAnswer(reply, chat) {
  const { texts, config } = chat;
  const frame = el("iframe", { title: texts.t("print_answer"), tabindex: "-1", "aria-hidden": "true" });
  frame.style.cssText = "position:fixed;inset:auto auto 0 0;inline-size:1px;block-size:1px;border:0;visibility:hidden";
  document.body.append(frame);
  const page = frame.contentDocument;
  const style = new frame.contentWindow.CSSStyleSheet();
  style.replaceSync(STYLE);
  page.adoptedStyleSheets = [style];
  page.documentElement.lang = chat.contentLang;
  page.title = reply.blocks[0].question;
  page.body.append(page.adoptNode(content(reply, texts, config)));
  frame.contentWindow.addEventListener("afterprint", () => frame.remove());
  frame.contentWindow.print();
}

function content(reply, texts, { clinic }) {
  return el(
    "main",
    {},
    ...paragraphs(reply.urgent_line),
    ...paragraphs(reply.text),
    ...reply.blocks.map((block) => el("section", {}, el("h1", { text: block.question }), block.notice ? el("p", { text: block.notice }) : null,
      ...paragraphs(block.text), el("p", { class: "source", text: block.source.line }))),
    ...paragraphs(reply.closing),
    el("div", { class: "disclaimer" }, ...paragraphs(reply.disclaimer.full)),
    el("p", { class: "clinic", text: `${clinic.name}, ${clinic.phone.number}. ${texts.t("printed_on", { date: texts.today() })}.`, lang: texts.lang }),
  );
}
