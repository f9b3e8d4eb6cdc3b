import { serve } from '#libs/threads';
import { FileWriting } from './file-writing.js';

serve(new FileWriting());
