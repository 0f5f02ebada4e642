/** What one host has answered, kept so that plans can be made where the host cannot be reached. */

export interface RecordedAnswer {
  /** The command that was asked, or the file that was looked at. */
  readonly asked: { readonly probe: readonly string[] } | { readonly look: string };
  readonly exit: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Bytes that the host really wrote, where that is more than stdout. */
  readonly total?: number;
}

export interface Recording {
  readonly host: string;
  /** UTC, ISO 8601. */
  readonly recorded: string;
  /** What was simulated; absent: a real host. */
  readonly simulated?: string;
  /** The present address of a host whose address changes. */
  readonly address?: string;
  /** The address that SSH went to, where it lies inside a tunnel of this host. */
  readonly sshAddress?: string;
  readonly answers: readonly RecordedAnswer[];
}

/** A recording and the file it was read from. */
export interface KeptRecording extends Recording {
  readonly file: string;
}
