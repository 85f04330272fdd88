/** Every recorded file of the NSE, of which `npm test` takes each fifth. */
import '../venues/nse/recordings.test.js';
