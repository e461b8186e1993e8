/** All participants, now or after an earlier fact. */
import type { JSX } from "preact";
import type { Participants } from "../../service/http/answers.ts";
import { query } from "../api.ts";
import { useFetched } from "../fetched.ts";
import { ParticipantsTable } from "../participants-table.tsx";
import { PastBanner } from "../past-banner.tsx";
import { useKnown } from "../store.ts";
import { pending } from "../text.tsx";

/** While a transition runs, facts come many a second: the table keeps up at a pace that can be read. */
export function usePace(): number {
  return useKnown(({ status }) => {
    const standings = status?.participants ?? [];
    return (
      standings.reduce(
        (sum, { up, quiesced, served, volumes }) =>
          sum * 31 + Number(up) + Number(quiesced) * 2 + served * 3 + volumes * 5,
        7,
      ) % 1_000_000_007
    );
  });
}

export function ParticipantsView({ fields }: { readonly fields: Readonly<Record<string, string>> }): JSX.Element {
  const at = fields["at"];
  const pace = usePace();
  const fetched = useFetched<Participants>(`/participants${query({ at })}`, at === undefined ? pace : 0);
  return (
    <>
      <h1>Participants</h1>
      <PastBanner at={at} path={["participants"]} />
      {pending(fetched, "participant at this moment") ?? (
        <div class="panel">
          <ParticipantsTable participants={fetched.answer?.participants ?? []} at={at} />
        </div>
      )}
    </>
  );
}
