/** What the verbs of one phase share on a simulated host: where they run, and how far they have come. */
import type { SimulatedHost } from './host.js';

export interface PhaseContext {
  readonly host: SimulatedHost;
  readonly mark: string;
  /** Prefix for every path (PV_ROOT). */
  readonly root: string;
  readonly uid: number;
  /** Goes on where the connection is cut: nobody has to be listening. */
  readonly detached?: true;
  readonly write: (bytes: Buffer) => void;
  readonly writeError: (text: string) => void;
}

/** done, or failed at this id, or the host or connection is gone. */
export type State = {
  failed?: string;
  gone?: true;
  /** Records of questions: they are sent with the first line that is not one of them. */
  held?: Buffer[];
  /** The run that the changes of this phase belong to. */
  joined?: { readonly folder: string; readonly keep: string; readonly run: string; readonly staged: boolean };
};
