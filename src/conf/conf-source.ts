/**
 * Where a ConfMap came from: everything that is needed to make it again, origins included, without touching the disk.
 *
 * A journal stores sources, so that a conf can be shown, explained and compared long after its files have changed.
 */

import type { SectionEntries } from "./given-settings.ts";

/** Plain JSON. */
export type ConfSource =
  | {
      readonly kind: "conf";
      /** Path of the main file, as it was named. */
      readonly main: string;
      /** The main file and all that it includes. */
      readonly files: readonly ConfFile[];
    }
  | { readonly kind: "ini" | "json"; readonly file: ConfFile }
  | { readonly kind: "given"; readonly sections: SectionEntries }
  | { readonly kind: "overridden"; readonly of: ConfSource; readonly overrides: readonly string[] }
  | { readonly kind: "merged"; readonly under: ConfSource; readonly over: ConfSource }
  | { readonly kind: "upgraded"; readonly of: ConfSource };

export interface ConfFile {
  readonly path: string;
  readonly text: string;
}
