/**
 * Transcript rows: a trace as lines that a person reads, one per phase.
 *
 * `Callback   subjects   participants in order`: all participants that heard the same, one after the other, share a line.
 * Who heard something else, after a failure, has a line of its own, so that the difference is what one sees.
 */
import { type LifecycleEvent, subjectOf } from "../plan/lifecycle-event.ts";
import type { Delivery, Trace } from "./trace.ts";

/** How much is shown. */
export interface RowOptions {
  /** Show the arguments beside the subject as well: `VG_A(Peer0,10.0.0.1)`. Default false. */
  readonly details?: boolean | undefined;
}

/** The trace as lines with aligned columns. A subject is followed by `!` where its callback threw and by `?` where it has not answered. */
export function transcriptRows(trace: Trace, options: RowOptions = {}): readonly string[] {
  const rows = mergedRows(trace, options);
  const width = (column: (row: Row) => string): number => Math.max(0, ...rows.map((row) => column(row).length));
  const callbacks = width((row) => row.callback);
  const subjects = width((row) => row.subjects);
  const gap = subjects === 0 ? 0 : subjects + 3;
  return rows.map(
    (row) => `${row.callback.padEnd(callbacks + 3)}${row.subjects.padEnd(gap)}${row.participants.join(" ")}`,
  );
}

interface Row {
  readonly callback: string;
  readonly subjects: string;
  readonly participants: string[];
}

function mergedRows(trace: Trace, options: RowOptions): readonly Row[] {
  const rows: Row[] = [];
  for (const { callback, participant, deliveries } of runs(trace)) {
    const subjects = deliveries.map((delivery) => subjectText(delivery, options)).join(" ");
    const last = rows.at(-1);
    // A callback about nobody in particular has its mark behind the participant.
    const mark = subjectOf((deliveries[0] as Delivery).event) === "" ? markOf(deliveries[0] as Delivery) : "";
    if (last?.callback === callback && last.subjects === subjects) last.participants.push(`${participant}${mark}`);
    else rows.push({ callback, subjects, participants: [`${participant}${mark}`] });
  }
  return rows;
}

interface Run {
  readonly callback: string;
  readonly participant: string;
  readonly deliveries: Delivery[];
}

/** Deliveries of one callback to one participant that followed each other. Further attempts are a run of their own. */
function runs(trace: Trace): readonly Run[] {
  const found: Run[] = [];
  for (const delivery of trace) {
    const { participant, event, attempt = 1 } = delivery;
    const callback = attempt > 1 ? `${event.type} again` : event.type;
    const last = found.at(-1);
    if (last?.callback === callback && last.participant === participant) last.deliveries.push(delivery);
    else found.push({ callback, participant, deliveries: [delivery] });
  }
  return found;
}

function subjectText(delivery: Delivery, { details }: RowOptions): string {
  const subject = subjectOf(delivery.event);
  if (subject === "") return "";
  return `${subject}${details === true ? detailsOf(delivery.event) : ""}${markOf(delivery)}`;
}

function markOf({ outcome }: Delivery): string {
  if (outcome === "threw") return "!";
  return outcome === "pending" ? "?" : "";
}

function detailsOf(event: LifecycleEvent): string {
  if ("volumeName" in event) return "volumeGroupName" in event ? `(${event.volumeGroupName})` : "";
  return "activePeer" in event ? `(${[event.activePeer || "nobody", event.virtualIPAddr].filter(Boolean)})` : "";
}
