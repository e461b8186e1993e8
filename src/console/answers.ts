/**
 * What the service answers: the shapes of its schemas, as types alone. Nothing of the service is in the page.
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
} from "../service/http/answer-schemas.ts";

export type Me = z.infer<typeof meSchema>;
export type Session = z.infer<typeof sessionSchema>;
export type Status = z.infer<typeof statusSchema>;
export type Topology = z.infer<typeof topologySchema>;
export type Group = Topology["groups"][number];
export type Participants = z.infer<typeof participantsSchema>;
export type Participant = z.infer<typeof participantSchema>;
export type Conf = z.infer<typeof confSchema>;
export type Summary = z.infer<typeof summarySchema>;
export type Transitions = z.infer<typeof transitionsSchema>;
export type Board = z.infer<typeof boardSchema>;
export type Course = Board["courses"][number];
export type Cell = z.infer<typeof cellSchema>;
export type RunningStep = z.infer<typeof runningSchema>;
export type Progress = z.infer<typeof progressSchema>;
export type Steps = z.infer<typeof stepsSchema>;
export type ToldFact = z.infer<typeof toldFactSchema>;
export type Facts = z.infer<typeof factsSchema>;
export type Moment = z.infer<typeof momentSchema>;
export type Difference = z.infer<typeof differenceSchema>;
export type Why = z.infer<typeof whySchema>;
export type Check = z.infer<typeof checkSchema>;
export type Problem = Check["problems"][number];
export type PlanAnswer = z.infer<typeof planSchema>;
export type Outcome = z.infer<typeof outcomeSchema>;
export type Refusal = z.infer<typeof errorSchema>["error"];
