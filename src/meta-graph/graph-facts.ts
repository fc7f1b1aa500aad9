/** What a graph that lies beside a checkpoint says of its variables: plain facts, the same from a `.meta` and a SavedModel. */

export interface VariableFacts {
  /** Key in the checkpoint. */
  readonly key: string;
  /** Name in the graph, without `:0`; that of the whole for a partitioned variable. */
  readonly variableName: string;
  /** Undefined where the file does not say. */
  readonly trainable: boolean | undefined;
  /** Names of the collections of TF1 that the variable is in, sorted: `variables`, `trainable_variables`, a program's own. */
  readonly collections: readonly string[];
  /** `DataType` enum number. */
  readonly dtype?: number | undefined;
  /** Undefined where the graph does not tell; -1 for a size that it leaves open. */
  readonly shape?: readonly number[] | undefined;
  /** Whether it is a resource variable, as in TF2, and not a reference variable. */
  readonly isResource?: boolean | undefined;
}

export interface GraphFacts {
  readonly kind: 'meta' | 'saved-model';
  readonly path: string;
  /** The TensorFlow that wrote the graph, as it names itself: `1.15.0`. */
  readonly tensorflowVersion?: string;
  /** Tags of the graph in a SavedModel, such as `serve`. */
  readonly tags: readonly string[];
  /** By checkpoint key. */
  readonly variables: ReadonlyMap<string, VariableFacts>;
  /** Sentences that a user should know. */
  readonly notes: readonly string[];
}
