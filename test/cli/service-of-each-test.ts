/**
 * A workplace for each test of a file, and services that end with it.
 */
import { afterEach, beforeEach } from "vitest";
import { RunningService } from "./signaled-program.ts";
import { Workplace } from "./workplace.ts";

/** Starts a service in the present workplace. */
export type StartService = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<RunningService>;

/** Hands out the workplace before each test. */
export function servicesIn(handOut: (work: Workplace) => void): StartService {
  const services: RunningService[] = [];
  let work: Workplace;
  beforeEach(() => {
    work = new Workplace();
    handOut(work);
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.kill();
    work.remove();
  });
  return async (args, env = {}) => {
    const service = await RunningService.start(args, { cwd: work.folder, env });
    services.push(service);
    return service;
  };
}
