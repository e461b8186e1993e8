/**
 * Change: a configuration is pasted, or the file looked at again; its plan is shown in order and with reasons, and then
 * that plan, and no other, is carried out.
 */
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { CheckAnswer, ConfAnswer, PlanAnswer, ProblemAnswer } from "../../service/http/answers.ts";
import { ApiError, get, post, sentenceOf } from "../api.ts";
import { bodyOf, type Format, PlanApplication, type Proposal, type Reviewed } from "../plan-application.tsx";
import { PlanPanel } from "../plan-panel.tsx";
import { update } from "../store.ts";

interface Found {
  readonly refusal: string | undefined;
  readonly problems: readonly ProblemAnswer[];
  readonly warnings: readonly ProblemAnswer[];
}

const NOTHING: Found = { refusal: undefined, problems: [], warnings: [] };
/** A secret, as it is shown: posted as it is, the stars would become its value. */
const MASKED = /(?<![^\s,=:"])\*\*\*(?![^\s,"])/;

export function ChangeView(): JSX.Element {
  const [text, setText] = useState("");
  const [format, setFormat] = useState<Format>("conf");
  const [reviewed, setReviewed] = useState<Reviewed | undefined>(undefined);
  const [found, setFound] = useState<Found>(NOTHING);
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const masked = useMemo(() => maskedLines(text), [text]);
  const review = async (proposal: Proposal): Promise<void> => {
    setBusy(true);
    setFound(NOTHING);
    setReviewed(undefined);
    try {
      setReviewed({ proposal, answer: await post<PlanAnswer>("/plan", bodyOf(proposal)) });
      if (proposal.text !== undefined) {
        const { warnings } = await post<CheckAnswer>("/check", bodyOf(proposal));
        setFound({ ...NOTHING, warnings });
      }
    } catch (error) {
      setFound(foundIn(error));
    } finally {
      setBusy(false);
    }
  };
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setText(await file.text());
    setFormat(formatOf(file.name));
    setReviewed(undefined);
  };
  return (
    <>
      <h1>Change</h1>
      <section class="panel" aria-labelledby="proposal">
        <h2 id="proposal">What should be</h2>
        <label class="field">
          <span>A configuration: paste it, or open a file</span>
          <textarea
            ref={area}
            class="conf"
            rows={11}
            spellcheck={false}
            value={text}
            onInput={({ currentTarget }) => {
              setText(currentTarget.value);
              setReviewed(undefined);
            }}
          />
        </label>
        <div class="buttons">
          <button
            type="button"
            class="primary"
            disabled={busy || text.trim() === "" || masked.length > 0}
            onClick={() => void review({ text, format })}
          >
            Show the plan
          </button>
          <button type="button" disabled={busy} onClick={() => void review({ text: undefined, format: "conf" })}>
            Show the plan of the file as it is now
          </button>
          <label class="file">
            <span>Open a file</span>
            <input
              type="file"
              accept=".conf,.ini,.json,text/*"
              onChange={({ currentTarget }) => void take(currentTarget.files?.[0])}
            />
          </label>
          <StartFromPresent taken={setText} />
          <label class="format">
            Form{" "}
            <select value={format} onChange={({ currentTarget }) => setFormat(currentTarget.value as Format)}>
              <option value="conf">conf</option>
              <option value="ini">ini</option>
              <option value="json">json</option>
            </select>
          </label>
        </div>
        {masked.length > 0 && (
          <div class="note">
            <p>*** stands for a secret that is not shown. Put the values in its place first:</p>
            <p>
              {masked.slice(0, MASKED_SHOWN).map((line) => (
                <button key={line} type="button" class="quiet" onClick={() => selectLine(area.current, line)}>
                  line {line}
                </button>
              ))}
              {masked.length > MASKED_SHOWN && `and ${masked.length - MASKED_SHOWN} more`}
            </p>
          </div>
        )}
        <Problems found={found} area={area} />
        {busy && (
          <p class="dim" role="status">
            One moment …
          </p>
        )}
      </section>
      {reviewed !== undefined && (
        <PlanPanel
          key={reviewed.answer.hash}
          answer={reviewed.answer}
          foot={<PlanApplication reviewed={reviewed} again={() => void review(reviewed.proposal)} />}
        />
      )}
    </>
  );
}

const MASKED_SHOWN = 10;

/** Counted from 1. */
function maskedLines(text: string): readonly number[] {
  return text.split("\n").flatMap((line, index) => (MASKED.test(line) ? [index + 1] : []));
}

function formatOf(name: string): Format {
  if (name.endsWith(".ini")) return "ini";
  return name.endsWith(".json") ? "json" : "conf";
}

function foundIn(error: unknown): Found {
  if (!(error instanceof ApiError)) return { ...NOTHING, refusal: sentenceOf(error) };
  const { message, problems = [], line } = error.refusal;
  if (problems.length > 0) return { ...NOTHING, problems };
  return line === undefined
    ? { ...NOTHING, refusal: message }
    : { ...NOTHING, problems: [{ rule: error.refusal.code, message, line }] };
}

/** The configuration in use as a beginning. */
function StartFromPresent({ taken }: { readonly taken: (text: string) => void }): JSX.Element {
  const take = async (): Promise<void> => {
    try {
      const { text } = await get<ConfAnswer>("/conf");
      taken(text);
    } catch (error) {
      update({ notice: { tone: "bad", text: sentenceOf(error) } });
    }
  };
  return (
    <button type="button" onClick={() => void take()}>
      Start from the one in use
    </button>
  );
}

interface ProblemsProps {
  readonly found: Found;
  readonly area: { readonly current: HTMLTextAreaElement | null };
}

function Problems({ found, area }: ProblemsProps): JSX.Element {
  const { refusal, problems, warnings } = found;
  const list = (heading: string, items: readonly ProblemAnswer[], tone: string): JSX.Element | false =>
    items.length > 0 && (
      <>
        <h3>{heading}</h3>
        <ul class="found">
          {items.map((problem) => (
            <li key={`${problem.line} ${problem.message}`} class={tone}>
              {problem.line !== undefined && (
                <button type="button" class="quiet" onClick={() => selectLine(area.current, problem.line ?? 1)}>
                  line {problem.line}
                </button>
              )}{" "}
              {problem.message}
              {problem.participant !== undefined && <span class="dim"> (says {problem.participant})</span>}
            </li>
          ))}
        </ul>
      </>
    );
  return (
    <div role="alert">
      {refusal !== undefined && <p class="problem">{refusal}</p>}
      {list("It is refused", problems, "problem")}
      {list("Accepted, and rarely meant", warnings, "note")}
    </div>
  );
}

function selectLine(area: HTMLTextAreaElement | null, line: number): void {
  if (area === null) return;
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
}
