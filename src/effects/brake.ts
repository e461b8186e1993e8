/**
 * Brake: whether a transition shall go on, as two fields that a loop of a million steps can ask for before each of them. A
 * chain of functions in their place costs as much as everything else of a step together.
 */
export class Brake {
  /** Somebody asked for another transition: nothing more is begun. */
  stopped = false;
  /** Somebody asked for a pause: nothing more of the plan is begun until it ends. */
  paused = false;
}
