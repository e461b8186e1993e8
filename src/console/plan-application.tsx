/** The last step of a change: the plan that was looked at is carried out, and no other. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Outcome, PlanAnswer } from "../service/http/answers.ts";
import { ApiError, post, sentenceOf } from "./api.ts";
import { Confirmation } from "./confirmation.tsx";
import { routeTo } from "./route.ts";
import { maySteer, update, useKnown } from "./store.ts";
import { counted, OUTCOMES } from "./words.ts";

export type Format = "conf" | "ini" | "json";

/** What a plan is made of; without a text it is the file of the service. */
export interface Proposal {
  readonly text: string | undefined;
  readonly format: Format;
}

export interface Reviewed {
  readonly proposal: Proposal;
  readonly answer: PlanAnswer;
}

/** A proposal as the service takes it. */
export function bodyOf({ text, format }: Proposal): object {
  return text === undefined ? {} : { text, format };
}

interface ApplyProps {
  readonly reviewed: Reviewed;
  readonly again: () => void;
}

export function PlanApplication({ reviewed, again }: ApplyProps): JSX.Element {
  const steer = useKnown(maySteer);
  const connection = useKnown((known) => known.connection);
  const state = useKnown(({ status }) => status?.state);
  const [asked, setAsked] = useState(false);
  const [save, setSave] = useState(false);
  const [under, setUnder] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  // What goes on is seen on the first page.
  useEffect(() => {
    if (under && (state === "signaling" || state === "failed")) location.hash = routeTo([]);
  }, [under, state]);
  const { proposal, answer } = reviewed;
  const apply = async (reason: string): Promise<void> => {
    setUnder(true);
    setProblem(undefined);
    try {
      const { outcome } = await carryOut(reviewed, { ...(reason === "" ? {} : { reason }), save });
      update({ notice: { tone: "good", text: `The plan was carried out: ${OUTCOMES[outcome]?.[0] ?? outcome}.` } });
      location.hash = routeTo([]);
    } catch (error) {
      setUnder(false);
      if (error instanceof ApiError && error.refusal.code === "PLAN_STALE") {
        setProblem("Things have changed meanwhile, and the plan with them. Nothing was done.");
        return;
      }
      setProblem(sentenceOf(error));
      update({ notice: { tone: "bad", text: sentenceOf(error) } });
    }
  };
  if (!steer)
    return (
      <p class="note">
        You may look at plans, and not carry them out. <a href="#/sign-in">Sign in</a> for more.
      </p>
    );
  return (
    <div class="apply">
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}{" "}
          <button type="button" onClick={again}>
            Look at the plan again
          </button>
        </p>
      )}
      {proposal.text !== undefined && (
        <label class="choice">
          <input type="checkbox" checked={save} onChange={({ currentTarget }) => setSave(currentTarget.checked)} />
          <span>
            Write it into the file of the service, too{" "}
            <small class="dim">
              else the next reload goes back to what the file says; what was there is kept beside it
            </small>
          </span>
        </label>
      )}
      <div class="buttons">
        <button type="button" class="primary" disabled={connection !== "live" || under} onClick={() => setAsked(true)}>
          {under ? "Being carried out …" : "Carry out this plan"}
        </button>
      </div>
      {asked && (
        <Confirmation
          title="Carry out this plan?"
          verb="Carry it out"
          confirmed={(reason) => void apply(reason)}
          closed={() => setAsked(false)}
        >
          <p>
            {counted(answer.steps, "step")}. Only this plan is carried out: if things have changed meanwhile, nothing is
            done.
          </p>
        </Confirmation>
      )}
    </div>
  );
}

interface Extras {
  readonly reason?: string;
  readonly save: boolean;
}

function carryOut({ proposal, answer }: Reviewed, { save, ...fields }: Extras): Promise<Outcome> {
  const { hash } = answer;
  if (proposal.text === undefined) return post<Outcome>("/reload", { hash, ...fields });
  return post<Outcome>("/apply", { ...bodyOf(proposal), hash, save, ...fields });
}
