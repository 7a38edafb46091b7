package io.millrace.group;

import org.jspecify.annotations.Nullable;

/**
 * As which member of which generation somebody speaks. Ring 0.
 *
 * @param generation -1 with {@link #NOBODY}
 */
public record Claim(int generation, String memberId, @Nullable String instanceId) {
    /** Somebody outside: may commit to a group without members only. */
    public static final Claim NOBODY = new Claim(-1, "", null);

    public boolean isNobody() {
        return generation < 0 && memberId.isEmpty() && instanceId == null;
    }
}
