/**
 * The answers of the HTTP interface as types, each read off its schema: for who makes them, and for the console, which takes
 * nothing else of the service.
 */
import type { z } from "zod";
import type * as schemas from "./answer-schemas.ts";

type Answer<Name extends keyof typeof schemas> = z.infer<(typeof schemas)[Name]>;

export type Board = Answer<"boardSchema">;
export type Cell = Answer<"cellSchema">;
export type CheckAnswer = Answer<"checkSchema">;
export type ConfAnswer = Answer<"confSchema">;
export type Course = Board["courses"][number];
export type Difference = Answer<"differenceSchema">;
export type Facts = Answer<"factsSchema">;
export type GroupAnswer = TopologyAnswer["groups"][number];
export type Me = Answer<"meSchema">;
export type MomentAnswer = Answer<"momentSchema">;
export type Outcome = Answer<"outcomeSchema">;
export type ParticipantAnswer = Answer<"participantSchema">;
export type Participants = Answer<"participantsSchema">;
export type PlanAnswer = Answer<"planSchema">;
export type ProblemAnswer = CheckAnswer["problems"][number];
export type ProgressEvent = Answer<"progressSchema">;
export type Refusal = Answer<"errorSchema">["error"];
export type Running = Answer<"runningSchema">;
export type Session = Answer<"sessionSchema">;
export type Status = Answer<"statusSchema">;
export type Steps = Answer<"stepsSchema">;
export type Summary = Answer<"summarySchema">;
export type ToldFact = Answer<"toldFactSchema">;
export type TopologyAnswer = Answer<"topologySchema">;
export type Transitions = Answer<"transitionsSchema">;
export type Why = Answer<"whySchema">;
