/** A consumer's project, compiled as strictly as a consumer might. */
import { join } from "node:path";
import ts from "typescript";

/** A program of some files in the consumer's folder, which has its packages there. */
export function programOf(folder: string, files: readonly string[], more: ts.CompilerOptions): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts"],
    types: ["node"],
    typeRoots: [join(folder, "node_modules/@types")],
    rewriteRelativeImportExtensions: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    ...more,
  };
  const host = ts.createCompilerHost(options);
  host.getCurrentDirectory = () => folder;
  return ts.createProgram([...files], options, host);
}

export function problemsOf(program: ts.Program): string[] {
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line =
      file === undefined ? "" : `${file.fileName}:${file.getLineAndCharacterOfPosition(start ?? 0).line + 1} `;
    return `${line}${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

/** What `emit` makes of a file. */
export function emitted(file: string): string {
  return file.replace(/\.ts$/, ".js");
}
