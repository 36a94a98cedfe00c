/**
 * What is compared: the rows of Table 1, by the names they have in files and in words.
 *
 *     armNames.proposed;   // "all studies, attention training (proposed)"
 *
 * Section 3.3 of the paper; docs/method.md#what-the-paper-measured.
 */
export const armNames = {
  proposed: "all studies, attention training (proposed)",
  "no-attention": "all studies, no attention training",
  "annotated-only": "annotated studies only, attention training",
  mean: "mean of slab scores",
  max: "maximum of slab scores",
  cnn3d: "3D CNN (I3D + ConvLSTM)",
  penet: "PENet",
} as const;

export type Arm = keyof typeof armNames;
export const arms = Object.keys(armNames) as readonly Arm[];

/** The two stage I networks. */
export const attentionNames = {
  with: "with attention training",
  without: "without attention training",
} as const;

export type AttentionArm = keyof typeof attentionNames;
export const attentionArms = Object.keys(attentionNames) as readonly AttentionArm[];
