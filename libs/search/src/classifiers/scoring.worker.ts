import { Moved, serve, standBack } from '#libs/threads';
import { ScoringService } from './scoring-service.js';

standBack();
const service = new ScoringService();
serve({
  load: (versionId: number, head: unknown) => service.load(versionId, head),
  score: (versionId: number, features: Float32Array) => {
    const scores = service.score(versionId, features);
    return new Moved(scores, [scores.buffer as ArrayBuffer]);
  },
});
