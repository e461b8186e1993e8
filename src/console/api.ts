/**
 * The way to the service: requests with the token, answers as values, and every refusal as one kind of error.
 */
import type { Refusal } from "../service/http/answers.ts";
import { storedToken } from "./token.ts";

const BASE = "/api/v1";

/** What the service refused, or that it could not be asked: then `status` is 0. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly refusal: Refusal;

  constructor(status: number, refusal: Refusal) {
    super(refusal.message);
    this.status = status;
    this.refusal = refusal;
  }
}

export function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return ask<Answer>(path, { signal: signal ?? null });
}

export function post<Answer>(path: string, body: object): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  return ask<Answer>(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function ask<Answer>(path: string, options: RequestInit): Promise<Answer> {
  const response = await request(path, options);
  return (await response.json()) as Answer;
}

/** A response that was not refused. @throws ApiError */
export async function request(path: string, options: RequestInit): Promise<Response> {
  const response = await sent(path, options);
  if (!response.ok) throw new ApiError(response.status, await refusalOf(response));
  return response;
}

async function sent(path: string, options: RequestInit): Promise<Response> {
  const token = storedToken();
  const headers = {
    ...(options.headers as object),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    return await fetch(`${BASE}${path}`, { ...options, headers, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "UNREACHABLE", message: "The service does not answer." });
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  try {
    const { error } = (await response.json()) as { error: Refusal };
    return error;
  } catch {
    return { code: String(response.status), message: `The service answers ${response.status} ${response.statusText}.` };
  }
}

export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** An error in one sentence. */
export function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.message : `The page itself failed: ${String(error)}`;
}

/** A query string of what is there. */
export function query(fields: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [[key, String(value)] as [string, string]],
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}
