/** The statechart with the present state marked, and the ways that lead on from it. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Status } from "../service/http/answers.ts";

let drawing: Promise<Document> | undefined;

/** The drawing is one file, made with the page. The browser reads it as a document: no text of this page becomes markup. */
function statechart(): Promise<Document> {
  drawing ??= new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", "/console/statechart.svg");
    request.responseType = "document";
    request.onload = () => (request.responseXML === null ? reject(request.status) : resolve(request.responseXML));
    request.onerror = reject;
    request.send();
  });
  return drawing;
}

/** The state within the chart, such as `signaling.paused`. */
export function chartState({ state, transition }: Pick<Status, "state" | "transition">): string {
  if (state !== "signaling" && state !== "finishing") return state;
  return `${state}.${transition?.paused === true ? "paused" : "running"}`;
}

export function Statechart({ state }: { readonly state: string }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const [svg, setSvg] = useState<Element | undefined>(undefined);
  useEffect(() => {
    let gone = false;
    void statechart().then((parsed) => {
      if (gone) return;
      const copy = document.importNode(parsed.documentElement, true);
      frame.current?.replaceChildren(copy);
      setSvg(copy);
    });
    return () => {
      gone = true;
    };
  }, []);
  useEffect(() => {
    if (svg !== undefined) mark(svg, state);
  }, [svg, state]);
  return <div class="chart" ref={frame} />;
}

function mark(svg: Element, state: string): void {
  const outer = state.split(".")[0] as string;
  svg.setAttribute("data-now", state);
  svg.setAttribute("aria-label", `The states of the lifecycle; it is ${state.replace(".", ", ")} now.`);
  for (const box of svg.querySelectorAll("[data-state]")) {
    const own = box.getAttribute("data-state");
    box.toggleAttribute("data-active", own === state || own === outer);
  }
  for (const arrow of svg.querySelectorAll("[data-from]")) {
    const from = arrow.getAttribute("data-from");
    arrow.toggleAttribute("data-next", from === state || from === outer);
  }
}
