/**
 * The console's files: the page and what it loads, from the built package, with a policy that lets nothing else in.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFolder } from "../package-folder.ts";

export interface StaticAnswer {
  readonly status: 200 | 304 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

interface ConsoleFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** Everything is loaded from here and nothing from elsewhere; no inline script; nobody may frame the page. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // Text never becomes markup or a script, not by mistake either.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const SAFETY: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

const NOT_BUILT = `<!doctype html><html lang="en"><title>signaled</title>
<p>The console has not been built: run <code>npm run build</code>. The interface is at <a href="/openapi.json">/openapi.json</a>.
`;

export class ConsoleFiles {
  readonly #folder: string;
  #files: Promise<ReadonlyMap<string, ConsoleFile>> | undefined;

  constructor(folder = consoleFolder()) {
    this.#folder = folder;
  }

  /** A file by its path below the folder; empty: the page. Only files that were there when first asked are known by name. */
  async answer(path: string, etag: string | undefined): Promise<StaticAnswer> {
    this.#files ??= readFiles(this.#folder);
    const file = (await this.#files).get(path === "" ? "index.html" : path);
    if (file === undefined) return { status: 404, headers: SAFETY, body: null };
    const headers = { ...SAFETY, "cache-control": "no-cache", etag: file.etag };
    if (etag === file.etag) return { status: 304, headers, body: null };
    return { status: 200, headers: { ...headers, "content-type": file.type }, body: file.body };
  }
}

/** Beside the program's modules; where it runs from its sources, in what was built last. */
function consoleFolder(): string {
  const beside = ["console/", "../console/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const built = join(packageFolder(), "dist", "console");
  return beside.find((folder) => existsSync(join(folder, "index.html"))) ?? built;
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, ConsoleFile>> {
  const files = new Map<string, ConsoleFile>();
  if (existsSync(folder)) {
    for (const name of await readdir(folder, { recursive: true })) {
      const type = TYPES[extname(name)];
      if (type !== undefined) files.set(name.replaceAll("\\", "/"), fileOf(await readFile(join(folder, name)), type));
    }
  }
  if (!files.has("index.html")) files.set("index.html", fileOf(Buffer.from(NOT_BUILT), TYPES[".html"] ?? ""));
  return files;
}

function fileOf(body: Buffer, type: string): ConsoleFile {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return { body: new Uint8Array(body), type, etag };
}
