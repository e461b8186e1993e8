/**
 * The answers of the HTTP interface as types, each read off its schema.
 */
import type { z } from "zod";
import type {
  boardSchema,
  cellSchema,
  checkSchema,
  differenceSchema,
  factsSchema,
  momentSchema,
  participantsSchema,
  planSchema,
  progressSchema,
  runningSchema,
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
export type Difference = z.infer<typeof differenceSchema>;
export type Facts = z.infer<typeof factsSchema>;
export type MomentAnswer = z.infer<typeof momentSchema>;
export type Participants = z.infer<typeof participantsSchema>;
export type PlanAnswer = z.infer<typeof planSchema>;
export type ProgressEvent = z.infer<typeof progressSchema>;
export type Running = z.infer<typeof runningSchema>;
export type Status = z.infer<typeof statusSchema>;
export type Steps = z.infer<typeof stepsSchema>;
export type Summary = z.infer<typeof summarySchema>;
export type ToldFact = z.infer<typeof toldFactSchema>;
export type TopologyAnswer = z.infer<typeof topologySchema>;
export type Transitions = z.infer<typeof transitionsSchema>;
export type Why = z.infer<typeof whySchema>;
