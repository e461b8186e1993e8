/**
 * HTTP refusals: an error as an answer, with the status that fits it.
 */
import { type ErrorCode, TransitionError } from "../../error.ts";
import type { Secrets } from "../../inspect/secrets.ts";
import { sentError } from "../control-protocol.ts";
import { isConfRefusal } from "../exit-code.ts";

/** What only HTTP can be refused for; everything else has a code of the catalogue. */
export type HttpCode =
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "USAGE"
  | "METHOD"
  | "MEDIA_TYPE"
  | "TOO_LARGE"
  | "TOO_MANY"
  | "TIMEOUT";

const STATUSES: Readonly<Record<HttpCode, RefusalStatus>> = {
  USAGE: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD: 405,
  TIMEOUT: 408,
  TOO_LARGE: 413,
  MEDIA_TYPE: 415,
  TOO_MANY: 429,
};

/** A refusal that has nothing to do with the lifecycle. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  readonly code: HttpCode;

  constructor(code: HttpCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 503;

export interface RefusalAnswer {
  readonly status: RefusalStatus;
  readonly body: { error: ReturnType<typeof sentError> };
}

export function refusalAnswer(error: unknown, secrets: Secrets): RefusalAnswer {
  if (error instanceof HttpRefusal) {
    return { status: STATUSES[error.code], body: { error: { code: error.code, message: error.message } } };
  }
  const sent = sentError(error);
  return {
    status: error instanceof TransitionError ? statusOf(error.code) : 500,
    body: {
      error: {
        ...sent,
        message: secrets.freeText(sent.message),
        ...(sent.problems === undefined
          ? {}
          : { problems: sent.problems.map((each) => ({ ...each, message: secrets.freeText(each.message) })) }),
      },
    },
  };
}

function statusOf(code: ErrorCode): RefusalStatus {
  if (code === "USAGE") return 400;
  if (code === "INTERNAL") return 500;
  if (code.startsWith("JOURNAL_") || code === "CLOSED") return 503;
  return isConfRefusal(code) ? 422 : 409;
}
