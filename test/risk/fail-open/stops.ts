export const STOP_HOLES = [];
