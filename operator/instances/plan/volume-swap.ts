/** The reason of what waits until somebody has a volume moved: the machine has another Volume under that name than the spec names. */
export const SWAP_REQUIRED = 'SwapRequired';
