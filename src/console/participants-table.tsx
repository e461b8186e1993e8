/** Participants in registration order: where each is, and how much it knows. */
import type { JSX } from "preact";
import type { Participants } from "../service/http/answers.ts";
import { routeTo } from "./route.ts";
import { Chip } from "./text.tsx";
import { count } from "./words.ts";

interface Listed {
  readonly participants: Participants["participants"];
  readonly at?: string | undefined;
}

export function ParticipantsTable({ participants, at }: Listed): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section class="scroller" tabIndex={0} aria-label="Participants, a table">
      <table class="plain-table">
        <caption class="unseen">Participants, in registration order</caption>
        <thead>
          <tr>
            <th scope="col">Participant</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Serves
            </th>
            <th scope="col" class="number">
              Volumes
            </th>
            <th scope="col" class="number">
              Groups
            </th>
            <th scope="col" class="number">
              Noticed
            </th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {participants.map(({ name, up, quiesced, durable, after, counts }) => (
            <tr key={name}>
              <th scope="row">
                <a href={routeTo(["participants", name], { at })}>{name}</a>
                {durable && <small class="dim"> durable</small>}
              </th>
              <td>
                <Standing up={up} quiesced={quiesced} />
              </td>
              <td class="number">{count(counts.served)}</td>
              <td class="number">{count(counts.volumes)}</td>
              <td class="number">{count(counts.groups)}</td>
              <td class="number">{count(counts.noticed)}</td>
              <td>{after.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Standing({ up, quiesced }: { readonly up: boolean; readonly quiesced: boolean }): JSX.Element {
  if (!up) return <Chip tone="plain">down</Chip>;
  return quiesced ? <Chip tone="wait">quiesced</Chip> : <Chip tone="good">up</Chip>;
}
