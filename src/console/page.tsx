/** The page around the views: where one is, who one is, how the service stands, and whether any of it is still true. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Route, routeTo, useRoute } from "./route.ts";
import { type Known, update, useKnown } from "./store.ts";
import { Chip, ClockTime } from "./text.tsx";
import { ThemeSwitch } from "./theme.tsx";
import { ActorsView } from "./views/actors-view.tsx";
import { ChangeView } from "./views/change-view.tsx";
import { NowView } from "./views/now-view.tsx";
import { ParticipantView } from "./views/participant-view.tsx";
import { ParticipantsView } from "./views/participants-view.tsx";
import { SignInView } from "./views/sign-in-view.tsx";
import { StepsView } from "./views/steps-view.tsx";
import { TimelineView } from "./views/timeline-view.tsx";
import { TransitionView } from "./views/transition-view.tsx";
import { VolumesView } from "./views/volumes-view.tsx";
import { WhyView } from "./views/why-view.tsx";
import { standing } from "./words.ts";

interface Place {
  readonly title: string;
  /** The entry of the navigation that it belongs to. */
  readonly entry: string;
  readonly view: JSX.Element;
}

function placeOf({ path, fields }: Route): Place {
  const [room = "", name, more] = path;
  if (room === "volumes") return { title: "Volumes", entry: room, view: <VolumesView fields={fields} /> };
  if (room === "participants" && name !== undefined)
    return { title: name, entry: room, view: <ParticipantView name={name} fields={fields} /> };
  if (room === "participants")
    return { title: "Participants", entry: room, view: <ParticipantsView fields={fields} /> };
  if (room === "timeline") return { title: "Timeline", entry: room, view: <TimelineView fields={fields} /> };
  if (room === "transitions" && name !== undefined && more === "steps")
    return { title: "Steps", entry: "timeline", view: <StepsView id={name} fields={fields} /> };
  if (room === "transitions" && name !== undefined)
    return { title: "Transition", entry: "timeline", view: <TransitionView id={name} /> };
  if (room === "actors") return { title: "Actors", entry: room, view: <ActorsView /> };
  if (room === "why") return { title: "Why", entry: "timeline", view: <WhyView fields={fields} /> };
  if (room === "change") return { title: "Change", entry: room, view: <ChangeView /> };
  if (room === "sign-in") return { title: "Sign in", entry: room, view: <SignInView /> };
  return { title: "Now", entry: "", view: <NowView /> };
}

const ENTRIES = [
  ["", "Now"],
  ["volumes", "Volumes"],
  ["participants", "Participants"],
  ["timeline", "Timeline"],
  ["change", "Change"],
] as const;
/** Only of a service that runs with `--inspect`. */
const INSPECTION_ENTRY = ["actors", "Actors"] as const;

export function Page(): JSX.Element {
  const route = useRoute();
  const signedOut = useKnown(({ connection }) => connection === "signed-out");
  const place = signedOut ? { title: "Sign in", entry: "sign-in", view: <SignInView /> } : placeOf(route);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(place.title);
  useEffect(() => {
    if (shown.current === place.title) return;
    shown.current = place.title;
    // Who goes on with the keyboard, or hears the page, begins with the new view.
    main.current?.focus();
    scrollTo(0, 0);
  }, [place.title]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header entry={place.entry} />
      <Banner />
      <main id="main" ref={main} tabIndex={-1} aria-label={place.title}>
        {place.view}
      </main>
      <Title view={place.title} />
      <Announcer />
    </>
  );
}

function Header({ entry }: { readonly entry: string }): JSX.Element {
  const status = useKnown((known) => known.status);
  const me = useKnown((known) => known.me);
  const connection = useKnown((known) => known.connection);
  const [word, tone] = status === undefined ? (["…", "plain"] as const) : standing(status);
  return (
    <header class="top">
      <a class="brand" href="#/">
        signaled
      </a>
      <span class="standing">
        <Chip tone={connection === "live" ? tone : "plain"}>{word}</Chip>
      </span>
      <nav aria-label="Views">
        {[...ENTRIES, ...(me?.inspected === true ? [INSPECTION_ENTRY] : [])].map(([path, word]) => (
          <a key={path} href={routeTo(path === "" ? [] : [path])} aria-current={path === entry ? "page" : undefined}>
            {word}
          </a>
        ))}
      </nav>
      <span class="who">
        {me !== undefined && (
          <a href="#/sign-in" title={me.role === "steer" ? "May steer" : "May only read"}>
            {me.who ?? "anybody"}
            {me.role === "read" && ", read only"}
          </a>
        )}
        <ThemeSwitch />
      </span>
    </header>
  );
}

/** Milliseconds that good news stay; the history has them for longer. */
const GOOD_NEWS = 15_000;

/** What must not be overlooked: that the page is not up to date, or that an action had an outcome. */
function Banner(): JSX.Element {
  const connection = useKnown((known) => known.connection);
  const lostSince = useKnown((known) => known.lostSince);
  const notice = useKnown((known) => known.notice);
  const goingDown = useKnown(({ status }) => status?.state === "down" || status?.transition?.kind === "down");
  useEffect(() => {
    if (notice === undefined || notice.tone === "bad") return;
    const timer = setTimeout(() => update({ notice: undefined }), GOOD_NEWS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div class="banners">
      <div role="alert">
        {connection === "lost" && (
          <p class="banner bad">
            <strong>Disconnected</strong>
            <span>
              {goingDown
                ? "The service was going down, and has ended. What you see held"
                : "What you see may not hold any more"}
              {lostSince !== undefined && (
                <>
                  {" "}
                  {goingDown ? "until" : "since"} <ClockTime at={lostSince} />
                </>
              )}
              . Trying again.
            </span>
          </p>
        )}
      </div>
      <div role="status">
        {notice !== undefined && (
          <p class={`banner ${notice.tone}`}>
            <span>{notice.text}</span>
            <button type="button" class="quiet" onClick={() => update({ notice: undefined })}>
              Dismiss
            </button>
          </p>
        )}
      </div>
    </div>
  );
}

/** The tab says how the service stands, for who has many. */
function Title({ view }: { readonly view: string }): null {
  const word = useKnown(({ status }) => (status === undefined ? "" : standing(status)[0]));
  useEffect(() => {
    document.title = [word, view, "signaled"].filter((part) => part !== "").join(" · ");
  }, [word, view]);
  return null;
}

/** Says aloud when the service stands otherwise than before. Progress is not said: it would never be quiet. */
function Announcer(): JSX.Element {
  const said = useKnown(announcement);
  const [text, setText] = useState("");
  useEffect(() => {
    // A state that is over within the second is not worth a word.
    const timer = setTimeout(() => setText(said), 1_000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  );
}

function announcement({ status }: Known): string {
  if (status === undefined) return "";
  const held = status.transition?.held;
  const [word] = standing(status);
  return held === undefined ? `The service is ${word.toLowerCase()}.` : `Held: ${held.message}`;
}
