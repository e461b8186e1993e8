/**
 * ConfRecord: a configuration as a journal keeps it: whole, or as what it has more and less than the one that was in use.
 *
 * A reload changes a few lines of what may be megabytes. Written whole each time, the conf would be all that a journal is
 * made of, and take longer to write than the reload itself.
 */
import { z } from "zod";
import { ConfMap } from "../conf/conf-map.ts";
import type { ConfFile, ConfSource } from "../conf/conf-source.ts";
import { applyEdits, editsBetween, type TextEdits } from "./text-edits.ts";

/** Characters from which on a file is worth it. Smaller ones are kept whole: anybody can read them where they are. */
const LARGE = 65_536;

export const confRecordSchema = z.lazy(() =>
  z.object({
    hash: z.string(),
    /** Of the conf that files with `edits` are the edits of. */
    base: z.string().optional(),
    /** A {@link ConfSource}, in which large files may have `edits` in place of `text`. */
    source: z.unknown(),
  }),
);
export type ConfRecord = z.infer<typeof confRecordSchema>;

/** A file that is kept as what is different from the file of this path in another conf. */
interface EditedFile {
  readonly path: string;
  readonly edits: TextEdits;
}

export function confRecord(confMap: ConfMap, base: ConfMap | undefined): ConfRecord {
  const source = confMap.source();
  const whole = { hash: confMap.hash, source };
  if (base === undefined || !filesOf(source).some(({ text }) => text.length >= LARGE)) return whole;
  const earlier = textsOf(base.source());
  let edited = false;
  const record = withFiles(source, (file): ConfFile => {
    const edits = editsOf(file, earlier.get(file.path));
    if (edits === undefined) return file;
    edited = true;
    return { path: file.path, edits } satisfies EditedFile as unknown as ConfFile;
  });
  return edited ? { hash: confMap.hash, base: base.hash, source: record } : whole;
}

/** The conf of a record; undefined: its edits do not make of `base` what it was. */
export function confOfRecord(record: ConfRecord, base: ConfMap | undefined): ConfMap | undefined {
  const source = record.source as ConfSource;
  if (record.base === undefined) return ConfMap.fromSource(source);
  if (base === undefined) return undefined;
  const earlier = textsOf(base.source());
  const confMap = ConfMap.fromSource(
    withFiles(source, (file) => {
      const edits = editsIn(file);
      return edits === undefined ? file : { path: file.path, text: applyEdits(earlier.get(file.path) ?? "", edits) };
    }),
  );
  return confMap.hash === record.hash ? confMap : undefined;
}

/** What a record says that is new in it, for who does not have the conf before: its files, of edited ones the lines that came. */
export function newsOfRecord(record: ConfRecord): ConfMap {
  const added = filesOf(record.source as ConfSource).flatMap((file) => {
    const edits = editsIn(file);
    return edits === undefined ? [file.text] : edits.map(([, , text]) => text);
  });
  const options: Record<string, Record<string, readonly string[]>> = {};
  for (const line of added.join("\n").split("\n")) {
    const [, option, value] = /^\s*([^\s[#;:=]+)\s*[:=](.*)$/.exec(line) ?? [];
    // Each in a section of its own: options of one name are many.
    if (option !== undefined && value !== undefined)
      options[`line ${Object.keys(options).length + 1}`] = { [option]: value.split(/[\s,]+/).filter(Boolean) };
  }
  return ConfMap.from(options);
}

function editsIn(file: ConfFile | EditedFile): TextEdits | undefined {
  return "edits" in file ? file.edits : undefined;
}

function editsOf({ text }: ConfFile, earlier: string | undefined): TextEdits | undefined {
  if (earlier === undefined || text.length < LARGE) return undefined;
  const edits = editsBetween(earlier, text);
  const size = edits.reduce((sum, [, , added]) => sum + added.length + 20, 0);
  return size < text.length / 2 ? edits : undefined;
}

function textsOf(source: ConfSource): ReadonlyMap<string, string> {
  return new Map(filesOf(source).map(({ path, text }) => [path, text]));
}

function filesOf(source: ConfSource): readonly ConfFile[] {
  const files: ConfFile[] = [];
  withFiles(source, (file) => {
    files.push(file);
    return file;
  });
  return files;
}

/** The same source with other files. */
function withFiles(source: ConfSource, change: (file: ConfFile) => ConfFile): ConfSource {
  switch (source.kind) {
    case "conf":
      return { ...source, files: source.files.map(change) };
    case "ini":
    case "json":
      return { ...source, file: change(source.file) };
    case "given":
      return source;
    case "overridden":
    case "upgraded":
      return { ...source, of: withFiles(source.of, change) };
    case "merged":
      return { ...source, under: withFiles(source.under, change), over: withFiles(source.over, change) };
  }
}
