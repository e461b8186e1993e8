/** No link of the documentation is dead: files are there, and so are the headings in them. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { PAGES } from "./pages.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ALL = [...PAGES, "CONTRIBUTING.md", "CHANGELOG.md", "machines/README.md"];

/** A page without what stands in code. */
const prose = (page: string): string =>
  readFileSync(join(ROOT, page), "utf8")
    .replace(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, "")
    .replace(/`[^`\n]+`/g, (code) => code.replace(/[[\]()<>]/g, "_"));

interface Link {
  readonly page: string;
  readonly target: string;
}

function linksOf(page: string): Link[] {
  return [...prose(page).matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map((match) => ({
    page,
    target: match[1] as string,
  }));
}

/** The anchors of a page, as they are made of headings. */
function anchorsOf(page: string): Set<string> {
  const text = readFileSync(join(ROOT, page), "utf8").replace(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, "");
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)"/g)].map((match) => match[1] as string));
  for (const [, heading = ""] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const words = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    let anchor = words;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${words}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}

function whyDead({ page, target }: Link): string | undefined {
  if (/^https:\/\//.test(target)) return undefined;
  if (/^[a-z]+:/.test(target)) return "not a link that anybody can follow";
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), path));
  if (!existsSync(join(ROOT, file))) return "no such file";
  if (anchor === undefined) return undefined;
  if (statSync(join(ROOT, file)).isDirectory() || !file.endsWith(".md")) return "an anchor in what is no page";
  return anchorsOf(file).has(decodeURIComponent(anchor)) ? undefined : "no such heading";
}

test("every link of the documentation leads somewhere", () => {
  const links = ALL.flatMap(linksOf);
  expect(links.length).toBeGreaterThan(100);
  const dead = links.flatMap((link) => {
    const why = whyDead(link);
    return why === undefined ? [] : [`${link.page}: ${link.target}: ${why}`];
  });
  expect(dead).toEqual([]);
});

test("every page can be reached from the README", () => {
  const reached = new Set<string>();
  const visit = (page: string): void => {
    if (reached.has(page)) return;
    reached.add(page);
    for (const { target } of linksOf(page)) {
      const path = target.split("#")[0] as string;
      const file = relative(ROOT, join(ROOT, dirname(page), path));
      if (path.endsWith(".md") && existsSync(join(ROOT, file))) visit(file);
    }
  };
  visit("README.md");
  expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
});

/** Places in code that a page names: a path, and where a name follows it, what is to be found there. */
function placesIn(page: string): { readonly path: string; readonly name?: string | undefined }[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/`((?:src|machines|test|docs)\/[\w./-]*)`(?:,\s+`([#\w]+)`)?/g)].map((match) => ({
    path: match[1] as string,
    name: match[2],
  }));
}

test("every file that a page names is there, and has what the page says is in it", () => {
  const places = ALL.flatMap((page) => placesIn(page).map((place) => ({ page, ...place })));
  expect(places.filter(({ name }) => name !== undefined).length).toBeGreaterThan(5);
  const wrong = places.filter(({ path, name }) => {
    if (!existsSync(join(ROOT, path))) return !/[*]/.test(path);
    return name !== undefined && !readFileSync(join(ROOT, path), "utf8").includes(name);
  });
  expect(wrong).toEqual([]);
});
