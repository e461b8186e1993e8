/** The actors of the lifecycle, live, as an inspector is told of them: how each is, and what it heard last. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Actor, type Actors, afterMessage, isEarlier, type Message, within } from "../actors.ts";
import { sentenceOf } from "../api.ts";
import { readEvents } from "../event-stream.ts";
import { useKnown } from "../store.ts";
import { Bar, Chip, ClockTime } from "../text.tsx";
import { count } from "../words.ts";

/** Milliseconds after which a stream that has broken is asked for again. */
const AGAIN_AFTER = 1_000;

interface Watched {
  readonly actors: Actors;
  readonly problem: string | undefined;
}

const NOBODY: Actors = new Map();

function useActors(): Watched {
  const [watched, setWatched] = useState<Watched>({ actors: NOBODY, problem: undefined });
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    let actors = NOBODY;
    let drawing = false;
    const draw = (): void => {
      if (drawing) return;
      drawing = true;
      requestAnimationFrame(() => {
        drawing = false;
        if (!signal.aborted) setWatched({ actors, problem: undefined });
      });
    };
    const follow = async (): Promise<void> => {
      while (!signal.aborted) {
        try {
          await readEvents({
            ...{ path: "/inspection", after: undefined, signal },
            // Whoever comes is told all that holds: what was known before may not hold any more.
            opened: () => {
              actors = NOBODY;
            },
            heard: ({ data }) => {
              actors = afterMessage(actors, JSON.parse(data) as Message);
              draw();
            },
          });
        } catch (error) {
          if (!signal.aborted) setWatched({ actors, problem: sentenceOf(error) });
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
      }
    };
    void follow();
    return () => controller.abort();
  }, []);
  return watched;
}

export function ActorsView(): JSX.Element {
  const inspected = useKnown(({ me }) => me?.inspected);
  if (inspected === false)
    return (
      <>
        <h1>Actors</h1>
        <p class="empty">
          The actors of the lifecycle are not watched. Run the service with <code>--inspect</code>.
        </p>
      </>
    );
  return <Watching />;
}

function Watching(): JSX.Element {
  const { actors, problem } = useActors();
  const roots = [...actors.values()].filter(({ parent }) => parent === undefined || !actors.has(parent));
  return (
    <>
      <h1>Actors</h1>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="dim">
        The lifecycle, its latest transitions with their phases, and the participants, as xstate's inspection tells of
        them. The address in the log of the service opens every snapshot, and Stately's inspector.
      </p>
      <div class="panel">
        {roots.length === 0 ? <p class="empty">One moment …</p> : <ActorList actors={actors} of={roots} />}
      </div>
    </>
  );
}

function ActorList({ actors, of }: { readonly actors: Actors; readonly of: readonly Actor[] }): JSX.Element {
  return (
    <ul class="actors">
      {of.map((actor) => {
        const children = isEarlier(actors, actor) ? [] : within(actors, actor.id);
        return (
          <li key={actor.id}>
            <ActorLine actor={actor} />
            {children.length > 0 && <ActorList actors={actors} of={children} />}
          </li>
        );
      })}
    </ul>
  );
}

function ActorLine({ actor }: { readonly actor: Actor }): JSX.Element {
  const { name, state, tone, over, headway, heard } = actor;
  return (
    <div class={`actor${over ? " over" : ""}`}>
      <b>{name}</b>
      <Chip tone={tone}>{state}</Chip>
      {headway !== undefined && (
        <span class="headway">
          <Bar done={headway.told} total={headway.total} tone={tone} label={`How far ${name} is`} />
          {count(headway.told)} of {count(headway.total)}
          {headway.failed > 0 && `, ${count(headway.failed)} failed`}
        </span>
      )}
      {heard !== undefined && (
        <span class="dim">
          heard {heard.event} at <ClockTime at={heard.at} />
        </span>
      )}
    </div>
  );
}
