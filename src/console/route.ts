/**
 * Routes: every view has an address of its own behind the `#`, which can be kept, sent, and gone back from.
 */
import { useEffect, useState } from "preact/hooks";

export interface Route {
  /** The parts of the path: `["transitions", "x-12"]`. */
  readonly path: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path
      .split("/")
      .filter((part) => part !== "")
      .map(decoded),
    fields: Object.fromEntries(new URLSearchParams(search)),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The address of a view, for `href`. */
export function routeTo(path: readonly string[], fields: Fields = {}): string {
  const pairs = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined || value === "" || value === false ? [] : [[key, String(value)] as [string, string]],
  );
  const search = pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
  return `#/${path.map(encodeURIComponent).join("/")}${search}`;
}

/** Changes the address without a step in the history, as while a slider is moved. */
export function replaceRoute(path: readonly string[], fields: Fields): void {
  history.replaceState(null, "", routeTo(path, fields));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const listen = (): void => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", listen);
    return () => removeEventListener("hashchange", listen);
  }, []);
  return route;
}
