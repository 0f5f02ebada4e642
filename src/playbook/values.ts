/**
 * Values of `{{name}}`, in layers.
 *
 * In: names and texts. Out: a table that more can be put over without a copy. One end of a link has some forty values, and a dozen times a few more for a few words;
 * each copy of the forty took V8 6 to 10 µs (docs/performance.md).
 */
export type Named = Readonly<Record<string, string>>;

export class Values {
  static readonly NONE = new Values({});

  constructor(
    private readonly own: Readonly<Record<string, string | undefined>>,
    private readonly under?: Values,
  ) {}

  get(name: string): string | undefined {
    return Object.hasOwn(this.own, name) ? this.own[name] : this.under?.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** @param more - Stands over what is there; undefined hides it. */
  with(more: Readonly<Record<string, string | undefined>>): Values {
    return new Values(more, this);
  }
}
