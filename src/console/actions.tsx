/** What an operator may do where the service stands now, and nothing else. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Outcome, Status } from "../service/http/answers.ts";
import { post, sentenceOf } from "./api.ts";
import { Confirmation } from "./confirmation.tsx";
import { actionsFor, type Verb } from "./operator-actions.ts";
import { maySteer, update, useKnown } from "./store.ts";
import { OUTCOMES } from "./words.ts";

export function Actions({ status }: { readonly status: Status }): JSX.Element | null {
  const steer = useKnown(maySteer);
  const connection = useKnown((known) => known.connection);
  const [asked, setAsked] = useState<Verb | undefined>(undefined);
  const actions = actionsFor(status);
  if (actions.length === 0) return null;
  if (!steer)
    return (
      <p class="note">
        You may look, and not steer. <code>signaled console</code> prints a link with which you may, or{" "}
        <a href="#/sign-in">enter a token</a>.
      </p>
    );
  const press = (verb: Verb): void => {
    if (verb === "pause" || verb === "resume") void steerBy(verb, {});
    else setAsked(verb);
  };
  return (
    <div class="buttons actions">
      {actions.map(({ verb, word, tone }) => (
        <button
          key={verb}
          type="button"
          class={tone ?? ""}
          disabled={connection !== "live"}
          onClick={() => press(verb)}
        >
          {word}
        </button>
      ))}
      {asked !== undefined && <Asking key={asked} verb={asked} status={status} closed={() => setAsked(undefined)} />}
    </div>
  );
}

interface Asked {
  readonly verb: Verb;
  readonly status: Status;
  readonly closed: () => void;
}

function Asking({ verb, status, closed }: Asked): JSX.Element {
  const [as, setAs] = useState<"applied" | "not-applied" | undefined>(undefined);
  const held = status.transition?.held?.message;
  const confirmed = (reason: string): void => {
    const fields = reason === "" ? {} : { reason };
    void steerBy(verb, verb === "skip" ? { ...fields, as } : fields);
  };
  switch (verb) {
    case "skip":
      return (
        <Confirmation title="Skip the failed step?" verb="Skip" reasonRequired confirmed={confirmed} closed={closed}>
          {held !== undefined && <p class="problem">{held}</p>}
          <fieldset>
            <legend>What is true of it?</legend>
            <label class="choice">
              <input type="radio" name="as" required onChange={() => setAs("applied")} />
              <span>
                Its effect is there: <small>you did it by hand, or it was done all the same.</small>
              </span>
            </label>
            <label class="choice">
              <input type="radio" name="as" required onChange={() => setAs("not-applied")} />
              <span>
                Its effect is not there: <small>the subject's remaining steps are passed over, too.</small>
              </span>
            </label>
          </fieldset>
        </Confirmation>
      );
    case "rollback":
      return (
        <Confirmation title="Roll back?" verb="Roll back" confirmed={confirmed} closed={closed}>
          <p>Everybody is taken back to where the last finished transition led.</p>
        </Confirmation>
      );
    case "down":
      return (
        <Confirmation title="Go down?" verb="Go down" dangerous confirmed={confirmed} closed={closed}>
          <p>
            Every served volume is unserved, every participant is told Down, and <strong>the service ends</strong>. This
            page ends with it.
          </p>
        </Confirmation>
      );
    case "reload":
      return (
        <Confirmation title="Reload the file?" verb="Reload" confirmed={confirmed} closed={closed}>
          <p class="path">{status.conf}</p>
          <p>
            It is read again, as SIGHUP does. <a href="#/change">Look at the plan</a> first, if you like.
          </p>
        </Confirmation>
      );
    default:
      return (
        <Confirmation title="Retry the failed step?" verb="Retry" confirmed={confirmed} closed={closed}>
          {held !== undefined && <p class="problem">{held}</p>}
          <p>It is delivered again under its old key, and the transition goes on behind it.</p>
        </Confirmation>
      );
  }
}

const DOING: Readonly<Record<Verb, string>> = {
  retry: "Retry",
  rollback: "Rollback",
  skip: "Skip",
  pause: "Pause",
  resume: "Resume",
  reload: "Reload",
  down: "Shutdown",
};

/** Asks for it, and says what became of it: for what takes long, that is when it is over. */
async function steerBy(verb: Verb, body: object): Promise<void> {
  update({ notice: undefined });
  try {
    const { outcome } = await post<Partial<Outcome>>(`/${verb}`, body);
    if (outcome === undefined) return;
    const word = OUTCOMES[outcome]?.[0] ?? outcome;
    update({ notice: { tone: "good", text: `${DOING[verb]}: ${word}.` } });
  } catch (error) {
    update({ notice: { tone: "bad", text: `${DOING[verb]}: ${sentenceOf(error)}` } });
  }
}
