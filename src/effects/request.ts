/**
 * Request: what somebody asks of a lifecycle, with the promise that answers them.
 */
import { ConfMap } from "../conf/conf-map.ts";
import { TransitionError } from "../error.ts";
import type { Cause, TransitionKind } from "../journal/fact.ts";

/** How a request ended well. */
export interface TransitionResult {
  /**
   * `unchanged`: a reload without differences from the last finished transition (everybody still got SignaledStart and
   * SignaledFinish);
   * `superseded`: a later request took the place of this one, before it began or on its way.
   */
  readonly outcome: "finished" | "superseded" | "unchanged";
  /** Empty for a request that was superseded before it began. */
  readonly transitionId: string;
}

/** What an operator or a program asks for. */
export interface Ask {
  readonly kind: TransitionKind;
  readonly confMap?: ConfMap | undefined;
  readonly cause?: Cause | undefined;
  readonly forced?: boolean | undefined;
  readonly participant?: string | undefined;
}

/** A request that waits for its answer, or is being carried out. */
export interface Request {
  readonly kind: TransitionKind;
  readonly confMap: ConfMap | undefined;
  readonly cause: Cause;
  /** Go on past failures. */
  readonly forced: boolean;
  readonly participant: string | undefined;
  readonly resolve: (result: TransitionResult) => void;
  readonly reject: (error: unknown) => void;
}

export const BY_API: Cause = { how: "api" };

/** The request, and the promise of its answer. */
export function requestOf(ask: Ask): { readonly request: Request; readonly answer: Promise<TransitionResult> } {
  let answers: Pick<Request, "resolve" | "reject"> = UNHEARD;
  const answer = new Promise<TransitionResult>((resolve, reject) => {
    answers = { resolve, reject };
  });
  return { request: { ...unheard(ask), ...answers }, answer };
}

const UNHEARD = { resolve: (): void => {}, reject: (): void => {} };

/** A request of the library's own, whose answer nobody waits for. */
export function unheard({ kind, confMap, cause = BY_API, forced = false, participant }: Ask): Request {
  return { kind, confMap, cause, forced, participant, ...UNHEARD };
}

/** One request in the place of two that want the same end; it is forced if either is. */
export function joined(first: Request, second: Request): Request {
  return {
    ...first,
    forced: first.forced || second.forced,
    resolve: (result) => {
      first.resolve(result);
      second.resolve(result);
    },
    reject: (error) => {
      first.reject(error);
      second.reject(error);
    },
  };
}

/** What the compiler would have said of this request. */
export function misuseOf({ kind, confMap }: Ask): TransitionError | undefined {
  if (confMap instanceof ConfMap || (confMap === undefined && kind !== "up" && kind !== "signaled")) return undefined;
  return new TransitionError(
    "USAGE",
    `${kind} was given ${confMap === undefined ? "no ConfMap" : "something that is not a ConfMap"}: make one with loadConf, parseConf or ConfMap.from`,
  );
}
