/**
 * Errors as problems: what an error of the configuration says, in the one form in which problems are listed.
 */
import { type Problem, TransitionError } from "../error.ts";

/** The problems that an error of the configuration stands for; the error itself where it lists none. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (!(error instanceof TransitionError)) throw error;
  const { problems, message, file, line, section, option, code } = error;
  if (problems.length > 0) return problems;
  // The message begins with the place already.
  const place = file === undefined ? "" : `${file}:${line}: `;
  const text = message.startsWith(place) ? message.slice(place.length) : message;
  return [{ rule: code.toLowerCase().replaceAll("_", "-"), message: text, file, line, section, option }];
}
