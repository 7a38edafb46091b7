package io.millrace.gateway.http;

import io.millrace.gateway.PublishCredit;
import io.millrace.model.Refusal;
import io.millrace.partition.Acks;
import org.jspecify.annotations.Nullable;

/** What one WebSocket publishes: takes records as far as its credit goes, and gives receipts and more credit. */
final class SocketPublish {
    /** What a record costs beside its bytes while it is under way. */
    private static final int OVERHEAD = 256;

    private final Socket socket;
    private final Sockets sockets;
    private final PublishCredit credit;

    SocketPublish(Socket socket, Sockets sockets) {
        this.socket = socket;
        this.sockets = sockets;
        var options = sockets.options();
        this.credit = new PublishCredit(options.getPublishWindow(), options.getMaxInFlightBytesPerConnection() / 2);
    }

    void begin() {
        grantIfDue();
    }

    boolean isIdle() {
        return credit.pending() == 0;
    }

    boolean isFull() {
        return credit.isFull();
    }

    boolean hasRoom() {
        return credit.hasRoom();
    }

    void handle(Frame.Publish record, int frameBytes) {
        int bytes = frameBytes + OVERHEAD;
        if (!credit.take(bytes)) {
            socket.close(CloseCode.FLOW_VIOLATION, "far more was published than pubCredit allows");
            return;
        }
        sockets.admission().requestBegun();
        var receiver = new Receiver(record.rid, bytes);
        if (!sockets.admission().reserve(bytes)) {
            receiver.isReserved = false;
            receiver.refused(
                    Refusal.BUFFER_FULL.because("all clients together have too many bytes under way; try again later"));
            return;
        }
        sockets.counters().recordsIn.increment();
        sockets.counters().recordBytesIn.add(record.bytes());
        try {
            store(record, receiver);
        } catch (RuntimeException failure) {
            receiver.refused(failure);
        }
    }

    private void store(Frame.Publish record, Receiver receiver) {
        if (record.problem != null) throw record.problem.asException();
        if (record.topic == null) {
            throw Problem.invalid("/topic", "a pub frame names a topic").asException();
        }
        if (record.contradictsItself()) {
            throw Problem.invalid("/contentType", "value is JSON; use valueText or valueBase64 for another type")
                    .asException();
        }
        var to = sockets.destinations().of(record.topic);
        receiver.to = to;
        receiver.id = record.id;
        receiver.acks = acks(record.acks);
        var once = Publish.once(record);
        if (once != null) {
            receiver.partition = OnceOnly.partitionOf(to, once);
            sockets.onceOnly().append(to, receiver.partition, receiver.acks, once, receiver);
            return;
        }
        receiver.partition = to.partitionOf(record.partition, record.key, record.keyFrom, record.keyLength);
        sockets.turn()
                .add(
                        to.lane(receiver.partition, receiver.acks),
                        record.timestamp >= 0
                                ? record.timestamp
                                : sockets.node().timers().wallMillis(),
                        record.key,
                        record.keyFrom,
                        record.keyLength,
                        record.value,
                        record.valueFrom,
                        record.valueLength,
                        record.headers(),
                        receiver);
    }

    private static Acks acks(@Nullable String text) {
        return text == null ? Acks.ALL : PublishHead.acks(text);
    }

    private void grantIfDue() {
        long until = credit.grantIfDue();
        if (until >= 0)
            socket.send(new JsonWriter(48)
                    .plain("{\"t\":\"pubCredit\",\"until\":\"")
                    .number(until)
                    .plain("\"}"));
    }

    /** Waits for what becomes of one record. */
    private final class Receiver implements PublishTurn.Waiting {
        private final @Nullable String rid;
        private final int bytes;
        private boolean isReserved = true;
        private Acks acks = Acks.ALL;
        private int partition;

        @Nullable
        private Destination to;

        @Nullable
        private String id;

        Receiver(@Nullable String rid, int bytes) {
            this.rid = rid;
            this.bytes = bytes;
        }

        @Override
        public void stored(long offset, long timestamp, boolean duplicate) {
            var topic = to;
            if (rid != null && topic != null) {
                var out = new JsonWriter(320)
                        .plain("{\"t\":\"receipt\",\"rid\":")
                        .text(rid)
                        .put(',');
                if (acks == Acks.NONE) Receipts.writeUnwaitedMembers(out, topic, partition, timestamp, id);
                else Receipts.writeMembers(out, topic, partition, offset, timestamp, duplicate, acks, id);
                socket.send(out.put('}'));
            }
            done();
        }

        @Override
        public void refused(Throwable why) {
            socket.error(rid, -1, Problem.of(why));
            done();
        }

        private void done() {
            if (isReserved) sockets.admission().release(bytes);
            sockets.admission().requestDone();
            credit.settle(bytes);
            grantIfDue();
            socket.hearOrNot();
            socket.settled();
        }
    }
}
