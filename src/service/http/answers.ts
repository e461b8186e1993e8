/**
 * The answers of the HTTP interface as types, each read off its schema: for who makes them, and for the console, which takes
 * nothing else of the service.
 */
import type { z } from "zod";
import type {
  boardSchema,
  cellSchema,
  checkSchema,
  confSchema,
  differenceSchema,
  errorSchema,
  factsSchema,
  meSchema,
  momentSchema,
  outcomeSchema,
  participantSchema,
  participantsSchema,
  planSchema,
  progressSchema,
  runningSchema,
  sessionSchema,
  statusSchema,
  stepsSchema,
  summarySchema,
  toldFactSchema,
  topologySchema,
  transitionsSchema,
  whySchema,
} from "./answer-schemas.ts";

export type Board = z.infer<typeof boardSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type CheckAnswer = z.infer<typeof checkSchema>;
export type ConfAnswer = z.infer<typeof confSchema>;
export type Course = Board["courses"][number];
export type Difference = z.infer<typeof differenceSchema>;
export type Facts = z.infer<typeof factsSchema>;
export type GroupAnswer = TopologyAnswer["groups"][number];
export type Me = z.infer<typeof meSchema>;
export type MomentAnswer = z.infer<typeof momentSchema>;
export type Outcome = z.infer<typeof outcomeSchema>;
export type ParticipantAnswer = z.infer<typeof participantSchema>;
export type Participants = z.infer<typeof participantsSchema>;
export type PlanAnswer = z.infer<typeof planSchema>;
export type ProblemAnswer = CheckAnswer["problems"][number];
export type ProgressEvent = z.infer<typeof progressSchema>;
export type Refusal = z.infer<typeof errorSchema>["error"];
export type Running = z.infer<typeof runningSchema>;
export type Session = z.infer<typeof sessionSchema>;
export type Status = z.infer<typeof statusSchema>;
export type Steps = z.infer<typeof stepsSchema>;
export type Summary = z.infer<typeof summarySchema>;
export type ToldFact = z.infer<typeof toldFactSchema>;
export type TopologyAnswer = z.infer<typeof topologySchema>;
export type Transitions = z.infer<typeof transitionsSchema>;
export type Why = z.infer<typeof whySchema>;
