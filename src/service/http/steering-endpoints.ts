/**
 * Routes that change something, or try out a change. Who asks is recorded with what is done.
 */
import type { Cause } from "../../journal/fact.ts";
import { checkSchema, doneSchema, outcomeSchema, planSchema, sessionSchema } from "./answer-schemas.ts";
import type { Asker } from "./asker.ts";
import { type Api, BASE, serve } from "./endpoint.ts";
import type { HttpParts } from "./http-parts.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { checkAnswer, planAnswer, savingOf } from "./posted-conf.ts";
import { applyBody, checkBody, planBody, reasonBody, reloadBody, sessionBody, skipBody } from "./request-schemas.ts";

const steer = (path: string) => ({ method: "post", path: `${BASE}/${path}`, role: "steer" }) as const;

export function serveSteering(api: Api, parts: HttpParts): void {
  serveSession(api, parts);
  serveTrials(api, parts);
  serveChanges(api, parts);
  serveOperating(api, parts);
}

function serveSession(api: Api, { doorman }: HttpParts): void {
  serve(api, {
    ...{ method: "post", path: `${BASE}/session`, role: "anyone" },
    summary: "Begins a session with a code of `signaled console`, which is good for this once.",
    body: sessionBody,
    answer: sessionSchema,
    answerTo({ body }) {
      const session = doorman.session(body.code);
      if (session === undefined) {
        throw new HttpRefusal("UNAUTHORIZED", "the code has been used, or is too old: run signaled console again");
      }
      return { role: "steer" as const, ...session };
    },
  });
}

function serveTrials(api: Api, { view }: HttpParts): void {
  serve(api, {
    ...steer("check"),
    summary: "Everything that is wrong with a configuration. Nothing is done.",
    body: checkBody,
    answer: checkSchema,
    answerTo: ({ body }) => checkAnswer(view, body),
  });
  serve(api, {
    ...steer("plan"),
    summary: "What going to a configuration would do now, or, without a text, a reload of the file. Nothing is done.",
    body: planBody,
    answer: planSchema,
    long: true,
    answerTo: ({ body: { text, format } }) => planAnswer(view, text === undefined ? undefined : { text, format }),
  });
}

function serveChanges(api: Api, { view, log }: HttpParts): void {
  const { service } = view;
  serve(api, {
    ...steer("apply"),
    summary: "Goes to a configuration, if its plan is the one that was looked at. Answers when it is over.",
    body: applyBody,
    answer: outcomeSchema,
    async answerTo({ body: { text, format, hash, reason, save }, asker }) {
      log.info({ who: asker.who, save }, "apply is asked for over HTTP");
      const posted = { text, format };
      const saving = save ? savingOf(service.conf, posted) : undefined;
      const confMap = await service.readPosted(text, format);
      return service.apply({ confMap, hash, save: saving }, causeOf(asker, reason));
    },
  });
  serve(api, {
    ...steer("reload"),
    summary: "Reads the configuration file again and goes to it. Answers when it is over.",
    body: reloadBody,
    answer: outcomeSchema,
    answerTo: ({ body: { hash, reason }, asker }) => service.reload(causeOf(asker, reason), hash),
  });
  serve(api, {
    ...steer("down"),
    summary: "Takes the service down in order, past failures. Answers when it is down; then nothing answers any more.",
    body: reasonBody,
    answer: doneSchema,
    async answerTo({ body, asker }) {
      const failure = await service.terminate(causeOf(asker, body.reason));
      if (failure !== undefined) throw failure;
      return {};
    },
  });
}

function serveOperating(api: Api, { view: { service } }: HttpParts): void {
  serve(api, {
    ...steer("retry"),
    summary: "Delivers the failed step of a held transition again, and goes on. Answers when it is over.",
    body: reasonBody,
    answer: outcomeSchema,
    answerTo: ({ body, asker }) => service.retry(causeOf(asker, body.reason)),
  });
  serve(api, {
    ...steer("rollback"),
    summary: "Takes a held transition back to the state before it. Answers when it is over.",
    body: reasonBody,
    answer: outcomeSchema,
    answerTo: ({ body, asker }) => service.rollback(causeOf(asker, body.reason)),
  });
  serve(api, {
    ...steer("skip"),
    summary: "Settles the failed step of a held transition by word of mouth, and goes on. Answers when it is over.",
    body: skipBody,
    answer: outcomeSchema,
    answerTo: ({ body: { as, reason }, asker }) => service.skip(as, reason, causeOf(asker, reason)),
  });
  serve(api, {
    ...steer("pause"),
    summary: "Holds the running transition after the steps under way.",
    body: reasonBody,
    answer: doneSchema,
    answerTo({ body, asker }) {
      service.pause(causeOf(asker, body.reason));
      return {};
    },
  });
  serve(api, {
    ...steer("resume"),
    summary: "Lets a paused transition go on.",
    body: reasonBody,
    answer: doneSchema,
    answerTo({ body, asker }) {
      service.resume(causeOf(asker, body.reason));
      return {};
    },
  });
}

function causeOf({ who }: Asker, reason: string | undefined): Cause {
  return { how: "http", ...(who === null ? {} : { who }), ...(reason === undefined ? {} : { reason }) };
}
