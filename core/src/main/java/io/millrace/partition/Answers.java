package io.millrace.partition;

import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gives answers one after the other, in order, and never from within another one: whoever is answered may call the
 * partition again at once, a hundred thousand times in a row, and the stack does not grow.
 */
final class Answers {
    /** So many answers that are there at once may follow each other before one has to take the long way. */
    private static final int MAX_IMMEDIATE = 32;

    private final Timers timers;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean giving;
    private boolean scheduled;
    private int immediate;

    Answers(Timers timers) {
        this.timers = timers;
    }

    void add(Runnable answer) {
        waiting.add(answer);
    }

    <T> void addEach(List<T> waiters, Consumer<T> answer) {
        for (var waiter : waiters) waiting.add(() -> answer.accept(waiter));
    }

    /**
     * Gives the answers that wait now, for those who are called by a log or a timer. What these answers cause to be
     * answered comes in another task: a client that sends with every answer must not keep the home thread to itself.
     */
    void give() {
        if (giving) return;
        giving = true;
        immediate = 0;
        try {
            for (int left = waiting.size(); left > 0; left--) waiting.remove().run();
        } finally {
            giving = false;
            if (!waiting.isEmpty()) giveLater();
        }
    }

    /** Gives all answers in a task of their own; for those who are called by a client. */
    void giveLater() {
        if (scheduled || waiting.isEmpty()) return;
        scheduled = true;
        timers.after(0, () -> {
            scheduled = false;
            give();
        });
    }

    /**
     * An answer that may be there already. Now and then it is held back until the next task, so that a caller who asks
     * again from within the answer does not pile up calls.
     */
    <T> Future<T> unwind(Future<T> answer) {
        if (!answer.isComplete() || ++immediate < MAX_IMMEDIATE) return answer;
        immediate = 0;
        var later = Promise.<T>promise();
        add(() -> later.handle(answer));
        giveLater();
        return later.future();
    }
}
