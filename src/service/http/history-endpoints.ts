/**
 * Routes that tell of what was: transitions, their boards and steps, facts.
 */

import { timeOf } from "../moment.ts";
import { boardSchema, factsSchema, stepsSchema, transitionsSchema } from "./answer-schemas.ts";
import { stepsOf } from "./board.ts";
import { boardAnswer } from "./board-telling.ts";
import { type Api, BASE, serve } from "./endpoint.ts";
import { factsPage } from "./fact-pages.ts";
import type { HttpParts } from "./http-parts.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { factsQuery, stepsQuery, transitionSchema, transitionsQuery } from "./request-schemas.ts";
import { Timeline } from "./timeline.ts";

export function serveHistory(api: Api, { view, outlines, chapters }: HttpParts): void {
  const { secrets } = view;
  const past = { journal: view.journal, outlines, secrets };
  const timeline = new Timeline({ ...past, latest: () => chapters.latest });
  serve(api, {
    ...{ method: "get", path: `${BASE}/transitions`, role: "read" },
    summary: "Transitions, refusals and processes, newest first.",
    query: transitionsQuery,
    answer: transitionsSchema,
    answerTo({ query: { volume, since, until, ...query } }) {
      const now = Date.now();
      const bounds = {
        since: since === undefined ? 0 : timeOf(since, now),
        until: until === undefined ? Number.POSITIVE_INFINITY : timeOf(until, now),
      };
      return timeline.page({ ...query, ...bounds, subject: volume });
    },
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/transitions/{id}`, role: "read" },
    summary: "One transition as participants × phases; `current` for the one under way or held, else the latest.",
    params: transitionSchema,
    answer: boardSchema,
    async answerTo({ params }) {
      const chapter = await chapters.find(params.id);
      return boardAnswer(chapter, { ledger: view.ledger, running: view.running(), secrets });
    },
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/transitions/{id}/steps`, role: "read" },
    summary: "The steps of one cell of the board, in the order in which they are delivered.",
    params: transitionSchema,
    query: stepsQuery,
    answer: stepsSchema,
    async answerTo({ params, query: { course, ...range } }) {
      const chapter = await chapters.find(params.id);
      const found = chapter.courses[course ?? chapter.courses.length - 1];
      const steps = found && stepsOf(chapter, found, range);
      if (steps === undefined) throw new HttpRefusal("NOT_FOUND", "the transition has no such phase and participant");
      return steps;
    },
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/facts`, role: "read" },
    summary: "Facts of the journal, oldest first.",
    query: factsQuery,
    answer: factsSchema,
    answerTo: ({ query }) => factsPage(past, query),
  });
}
