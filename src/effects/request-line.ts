/**
 * RequestLine: the request that is being carried out, and those that wait.
 *
 * Requests wait in two places only: the latest reload, and a termination, which goes first. The rest is refused while
 * something is under way.
 */
import type { TransitionKind } from "../journal/fact.ts";
import { joined, type Request } from "./request.ts";
import { alreadyUpError, busyError, notUpError } from "./request-errors.ts";

/** What is to be done for a request: carry it out, end what is running for it, or nothing now. */
export type Turn = "begin" | "take-over" | "nothing";

export class RequestLine {
  #running: Request | undefined;
  #reload: Request | undefined;
  #down: Request | undefined;

  /** What is being carried out. Others may have joined it since it began. */
  get running(): Request | undefined {
    return this.#running;
  }

  get queued(): readonly TransitionKind[] {
    return [this.#down, this.#reload].flatMap((request) => (request === undefined ? [] : [request.kind]));
  }

  /** Takes a request in, or rejects it. */
  take(request: Request): Turn {
    const running = this.#running;
    if (running === undefined) {
      this.#running = request;
      return "begin";
    }
    switch (request.kind) {
      case "signaled":
        this.#takeReload(request, running);
        return "nothing";
      case "down":
        return this.#takeDown(request, running);
      case "up":
        request.reject(alreadyUpError(running.kind));
        return "nothing";
      default:
        request.reject(busyError(request.kind, running.kind));
        return "nothing";
    }
  }

  #takeReload(request: Request, running: Request): void {
    supersede(this.#reload);
    this.#reload = undefined;
    if (this.#down !== undefined || running.kind === "down")
      request.reject(notUpError("signaled", "a termination is under way"));
    else this.#reload = request;
  }

  #takeDown(request: Request, running: Request): Turn {
    supersede(this.#reload);
    this.#reload = undefined;
    if (this.#down !== undefined) {
      // Whoever waits for a termination and then ends the process must not be told of its end before it.
      this.#down = joined(this.#down, request);
      return "nothing";
    }
    // A termination is under way already; this one waits for the same end, and takes over only if it is forced.
    if (running.kind === "down" && (!request.forced || running.forced)) {
      this.#running = joined(running, request);
      return "nothing";
    }
    this.#down = request;
    return "take-over";
  }

  /** Takes the next one up, which has waited longest for its turn; undefined: nobody waits. */
  next(): Request | undefined {
    this.#running = this.#down ?? this.#reload;
    if (this.#running === this.#down) this.#down = undefined;
    else this.#reload = undefined;
    return this.#running;
  }

  /** Rejects everything that waits, and resolves when what is running has been answered; undefined: nothing is. */
  end(error: unknown): Promise<void> | undefined {
    this.#down?.reject(error);
    this.#reload?.reject(error);
    this.#down = undefined;
    this.#reload = undefined;
    const running = this.#running;
    if (running === undefined) return undefined;
    return new Promise((resolve) => {
      const answered = (): void => resolve();
      this.#running = joined(running, { ...running, resolve: answered, reject: answered });
    });
  }
}

function supersede(request: Request | undefined): void {
  request?.resolve({ outcome: "superseded", transitionId: "" });
}
