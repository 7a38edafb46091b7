package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Asserts that something is refused, and how the sentence reads. */
final class Refused {
    private Refused() {}

    static void refused(Refusal refusal, ThrowingCallable call, String... words) {
        var thrown = catchThrowableOfType(MillraceException.class, call);
        assertThat(thrown).as("a refusal").isNotNull();
        assertThat(thrown.refusal()).as(thrown.getMessage()).isEqualTo(refusal);
        assertThat(thrown.getMessage()).isPrintable();
        for (var word : words) assertThat(thrown.getMessage()).contains(word);
    }
}
