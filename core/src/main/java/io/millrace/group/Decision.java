package io.millrace.group;

import java.util.List;

/**
 * What a command comes to. Nothing has changed yet. Ring 0.
 *
 * @param events to be stored together as far as they survive, then applied in this order
 * @param answers to be given when the events are durable; some are for others who have waited
 */
public record Decision(List<GroupEvent> events, List<Answer> answers) {
    static final Decision NOTHING = new Decision(List.of(), List.of());

    public Decision {
        events = List.copyOf(events);
        answers = List.copyOf(answers);
    }

    static Decision of(GroupEvent... events) {
        return new Decision(List.of(events), List.of());
    }

    static Decision answer(Answer answer) {
        return new Decision(List.of(), List.of(answer));
    }

    public boolean isNothing() {
        return events.isEmpty() && answers.isEmpty();
    }
}
