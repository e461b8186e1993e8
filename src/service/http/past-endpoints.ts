/**
 * Routes that tell of any moment: the topology, the participants and the configuration as they were, and what changed.
 */
import { type Ledger, stateOfParticipant } from "../../journal/ledger.ts";
import { summaryOf } from "../../plan/participant-state.ts";
import { isServedHere, type Topology } from "../../topology/topology.ts";
import { timeOf } from "../moment.ts";
import {
  confSchema,
  differenceSchema,
  momentSchema,
  participantSchema,
  participantsSchema,
  topologySchema,
  whySchema,
} from "./answer-schemas.ts";
import type { TopologyAnswer } from "./answers.ts";
import { confAnswer } from "./conf-telling.ts";
import { differenceAnswer } from "./difference-telling.ts";
import { type Api, BASE, serve } from "./endpoint.ts";
import type { HttpParts } from "./http-parts.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { Moments, momentAnswer, participantsOf, recordAt } from "./moments.ts";
import { atSchema, differenceQuery, momentsQuery, nameSchema, seqSchema, whyQuery } from "./request-schemas.ts";
import { whyAnswer } from "./why-telling.ts";

export function servePast(api: Api, parts: HttpParts): void {
  const moments = new Moments(parts.view);
  serveStates(api, moments, parts);
  serveMoments(api, moments, parts);
  serve(api, {
    ...{ method: "get", path: `${BASE}/why`, role: "read" },
    summary: "Why an event came about: which setting, which rule, who asked, who was told.",
    query: whyQuery,
    answer: whySchema,
    answerTo: ({ query }) => whyAnswer(parts, query),
  });
}

function serveStates(api: Api, moments: Moments, { view }: HttpParts): void {
  serve(api, {
    ...{ method: "get", path: `${BASE}/topology`, role: "read" },
    summary: "Peers, groups and volumes as the configuration that was reached last has them.",
    query: atSchema,
    answer: topologySchema,
    long: true,
    answerTo: async ({ query }) => topologyAnswer(await moments.ledgerAt(query.at)),
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/participants`, role: "read" },
    summary: "The participants, and where each is, in numbers.",
    query: atSchema,
    answer: participantsSchema,
    async answerTo({ query }) {
      const ledger = await moments.ledgerAt(query.at);
      return { seq: ledger.seq, participants: participantsOf(ledger) };
    },
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/participants/{name}`, role: "read" },
    summary: "One participant, with the groups and volumes that it knows.",
    params: nameSchema,
    query: atSchema,
    answer: participantSchema,
    long: true,
    async answerTo({ params, query }) {
      const ledger = await moments.ledgerAt(query.at);
      const found = participantsOf(ledger).find(({ name }) => name === params.name);
      if (found === undefined) throw new HttpRefusal("NOT_FOUND", `no participant '${params.name}' took part then`);
      const { groups, volumes, served, noticed } = summaryOf(stateOfParticipant(ledger, params.name));
      return { seq: ledger.seq, ...found, groups, volumes, served: [...served], noticed: [...noticed] };
    },
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/conf`, role: "read" },
    summary: "The configuration that was reached last, as canonical text, with secrets masked.",
    query: atSchema,
    answer: confSchema,
    answerTo: async ({ query }) => confAnswer(await moments.ledgerAt(query.at), view.secrets),
  });
}

function topologyAnswer({ seq, current, whoAmI }: Ledger): TopologyAnswer {
  const topology: Topology = current?.topology ?? { whoAmI: whoAmI ?? "", peers: [], groups: [] };
  return {
    seq,
    whoAmI: topology.whoAmI,
    peers: [...topology.peers],
    groups: topology.groups.map((group) => ({
      name: group.name,
      activePeer: group.activePeer,
      virtualIPAddr: group.virtualIPAddr,
      served: isServedHere(topology, group),
      volumes: [...group.volumes],
    })),
  };
}

function serveMoments(api: Api, moments: Moments, { view }: HttpParts): void {
  const { journal, secrets } = view;
  const at = async (seq: number) => {
    const ledger = await moments.ledgerAt(seq);
    const record = await recordAt(journal, seq);
    if (record === undefined) throw new HttpRefusal("NOT_FOUND", `there is no fact ${seq}`);
    return momentAnswer(ledger, record, secrets);
  };
  serve(api, {
    ...{ method: "get", path: `${BASE}/moments/{seq}`, role: "read" },
    summary: "Where everything was right after a fact.",
    params: seqSchema,
    answer: momentSchema,
    answerTo: ({ params }) => at(params.seq),
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/moments`, role: "read" },
    summary: "Where everything was at a time: ISO 8601, or how long ago, such as 90m.",
    query: momentsQuery,
    answer: momentSchema,
    async answerTo({ query }) {
      const seq = await moments.seqAt(timeOf(query.at, Date.now()));
      if (seq === 0) throw new HttpRefusal("NOT_FOUND", "the journal begins later");
      return at(seq);
    },
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/difference`, role: "read" },
    summary: "What changed between two moments: settings, topology, participants.",
    query: differenceQuery,
    answer: differenceSchema,
    async answerTo({ query: { from, to } }) {
      return differenceAnswer(await moments.ledgerAt(from), await moments.ledgerAt(to), secrets);
    },
  });
}
