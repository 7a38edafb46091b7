package io.millrace.broker.client;

import io.millrace.group.Groups;
import io.millrace.group.Groups.GroupSummary;
import io.millrace.group.Groups.Leaving;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * The members of groups that live in the process of the broker, and end with it: nobody need wait for their sessions when
 * the broker comes back after it was killed. Ring 1.
 */
public final class LocalMembers {
    /** Where such a member says that it is. */
    public static final String HOST = "in-process";

    private LocalMembers() {}

    /**
     * Lets those of an earlier life leave their groups; to be called before new ones can come. Static members stay: they
     * come back under their names.
     */
    public static Future<Void> dismiss(Groups groups) {
        return groups.list().compose(all -> {
            var each = new ArrayList<Future<?>>();
            for (var group : all) if (group.members() > 0) each.add(dismiss(groups, group));
            return each.isEmpty() ? Future.succeededFuture() : Future.join(each).mapEmpty();
        });
    }

    private static Future<Void> dismiss(Groups groups, GroupSummary group) {
        return groups.describe(group.group()).compose(view -> {
            var gone = new ArrayList<Leaving>();
            for (var member : view.members()) {
                boolean isLocal = member.clientHost().equals(HOST) && member.instanceId() == null;
                if (isLocal) gone.add(new Leaving(member.memberId(), null));
            }
            Future<List<Groups.Left>> left =
                    gone.isEmpty() ? Future.succeededFuture(List.of()) : groups.leave(group.group(), gone);
            return left.mapEmpty();
        });
    }
}
