/** The page's one WebSocket: it watches a lab, says what it has drawn, and comes back with full state after every break. */
import { askToSignIn } from '@/api/http';
import type { PageToServer, ServerToPage } from '@/generated/messages';
import { receiveAccess } from '@/store/access';
import { push, resetLive, setConnected, setGone } from '@/store/live';
import { comeBack, hear, setSpeaker } from './line';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;
/** What was drawn is acknowledged once in so many messages, half of what the server sends ahead, or so many milliseconds later. */
const ACK_EVERY = 8;
const ACK_WITHIN = 500;
/** The server's code where the session has ended. */
const NOT_SIGNED_IN = 4401;

export function watchLab(lab: string): () => void {
  let socket: WebSocket | null = null;
  let last: number | null = null;
  let wait = FIRST_WAIT;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  let acknowledged = 0;
  let acknowledging: ReturnType<typeof setTimeout> | undefined;

  const send = (message: PageToServer): boolean => {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  };
  const acknowledge = (seq: number) => {
    clearTimeout(acknowledging);
    acknowledged = seq;
    send({ type: 'ack', lab, seq });
  };
  /** Called with the newest that is drawn. */
  const drawn = (seq: number) => {
    if (seq - acknowledged >= ACK_EVERY) return acknowledge(seq);
    clearTimeout(acknowledging);
    acknowledging = setTimeout(acknowledge, ACK_WITHIN, seq);
  };
  const watch = () => {
    last = null;
    send({ type: 'watch', lab });
  };

  const receive = (message: ServerToPage) => {
    if (message.type === 'gone') return setGone();
    if (message.type === 'refused') return console.warn(message.message);
    if (message.lab !== lab) return;
    if (message.type === 'terminal_output') return hear(message);
    // Behind a gap the page knows nothing for sure: it asks for all of it again.
    if (message.type === 'delta' && (last === null || message.seq !== last + 1)) {
      if (last !== null) watch();
      return;
    }
    if (message.type === 'full') comeBack();
    last = message.seq;
    receiveAccess(message);
    const seq = message.seq;
    push(message, () => drawn(Math.max(seq, last ?? seq)));
  };

  const connect = () => {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    socket = new WebSocket(`${scheme}//${location.host}/ws/page`);
    socket.onopen = () => {
      wait = FIRST_WAIT;
      acknowledged = 0;
      setConnected(true);
      watch();
    };
    socket.onmessage = (event) => receive(JSON.parse(String(event.data)) as ServerToPage);
    socket.onclose = ({ code }) => {
      setConnected(false);
      if (over) return;
      if (code === NOT_SIGNED_IN) askToSignIn();
      timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  };

  setSpeaker(send);
  connect();
  return () => {
    setSpeaker(null);
    over = true;
    clearTimeout(timer);
    clearTimeout(acknowledging);
    socket?.close();
    resetLive();
  };
}
