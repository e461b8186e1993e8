/**
 * Viewing: what an inspector was told, as lines that a person reads.
 */
import { createWebSocketReceiver, type StatelyInspectionEvent } from "@statelyai/inspect";
import type { InspectionEvent } from "xstate";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { wireEvent } from "../../src/relay/wire-event.ts";

/** Two groups, of which `media` may be elsewhere, and whatever else there is. */
export function clusterConf(mediaAt: string, more: Readonly<Record<string, Record<string, string[]>>> = {}): ConfMap {
  return ConfMap.from({
    Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0", "Peer1"] },
    FSGlobals: { VolumeGroupList: ["media", "backup"] },
    "VolumeGroup:media": { PrimaryPeer: [mediaAt], VirtualIPAddr: ["10.0.0.7"], VolumeList: ["films", "music"] },
    "VolumeGroup:backup": { PrimaryPeer: ["Peer0"], VirtualIPAddr: [], VolumeList: ["nightly"] },
    ...more,
  });
}

/** The messages that an inspector gets, in Stately's form. */
export class Recording {
  readonly messages: StatelyInspectionEvent[] = [];
  #waiting: (() => void)[] = [];

  readonly inspect = (event: InspectionEvent): void => {
    const text = wireEvent(event, 0);
    if (text !== undefined) this.take(JSON.parse(text));
  };

  take(message: StatelyInspectionEvent): void {
    this.messages.push(message);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get text(): string {
    return JSON.stringify(this.messages);
  }

  /** Resolves when a line of the story has the text. */
  async tells(text: string): Promise<void> {
    while (!this.story().some((line) => line.includes(text)))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Who appeared, in whom, and what was said among them. */
  story(): string[] {
    const names = new Map<string | undefined, string>();
    const name = (id: string | undefined): string => names.get(id) ?? "(nobody)";
    return this.messages.flatMap((message) => {
      if (message.type === "@xstate.actor") {
        names.set(message.sessionId, message.name);
        return [`${name(message.parentId)} has ${message.name}`];
      }
      if (message.type === "@xstate.snapshot") return [];
      const { type, ...fields } = message.event as { type: string };
      const said = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
      return [`${name(message.sourceId)} → ${name(message.sessionId)}: ${type}${said}`];
    });
  }

  /** The latest snapshot of the latest actor of this name. */
  latest(name: string): { status: string; value: unknown; context: Record<string, unknown> } {
    const id = this.messages.findLast(
      (message) => message.type === "@xstate.actor" && message.name === name,
    )?.sessionId;
    const message = this.messages.findLast(
      (each) => each.sessionId === id && (each.type === "@xstate.actor" || each.type === "@xstate.snapshot"),
    );
    return (message as { snapshot: never } | undefined)?.snapshot as never;
  }
}

/** What Stately's own receiver hears at a relay's address. */
export function received(address: string): Recording {
  const recording = new Recording();
  createWebSocketReceiver({ server: address.replace(/^http/, "ws") }).subscribe((message) => recording.take(message));
  return recording;
}
