package io.millrace.group;

import static io.millrace.group.GroupState.COMPLETING_REBALANCE;
import static io.millrace.group.GroupState.DEAD;
import static io.millrace.group.GroupState.EMPTY;
import static io.millrace.group.GroupState.PREPARING_REBALANCE;
import static io.millrace.group.GroupState.STABLE;
import static io.millrace.group.Member.NO_TICKET;
import static io.millrace.model.Refusal.FENCED_INSTANCE_ID;
import static io.millrace.model.Refusal.GROUP_MAX_SIZE_REACHED;
import static io.millrace.model.Refusal.ILLEGAL_GENERATION;
import static io.millrace.model.Refusal.INCONSISTENT_GROUP_PROTOCOL;
import static io.millrace.model.Refusal.LIMIT_EXCEEDED;
import static io.millrace.model.Refusal.REBALANCE_IN_PROGRESS;
import static io.millrace.model.Refusal.UNKNOWN_MEMBER_ID;

import io.millrace.group.Answer.JoinAnswer;
import io.millrace.group.Answer.Refused;
import io.millrace.group.Answer.SyncAnswer;
import io.millrace.group.Answer.Woken;
import io.millrace.group.GroupEvent.GenerationStarted;
import io.millrace.group.GroupEvent.GroupStored;
import io.millrace.group.GroupEvent.MemberIdExpired;
import io.millrace.group.GroupEvent.MemberIdReserved;
import io.millrace.group.GroupEvent.MemberJoining;
import io.millrace.group.GroupEvent.MemberRemoved;
import io.millrace.group.GroupEvent.MemberReplaced;
import io.millrace.group.GroupEvent.RebalanceStarted;
import io.millrace.group.GroupEvent.Recovered;
import io.millrace.group.GroupEvent.SessionExtended;
import io.millrace.group.GroupEvent.SyncWaiting;
import io.millrace.group.GroupEvent.Watching;
import io.millrace.group.GroupImage.MemberImage;
import io.millrace.group.Groups.Leaving;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is in a group and which generation holds, in the terms of Kafka's classic protocol (JoinGroup, SyncGroup,
 * Heartbeat, LeaveGroup; static members as of KIP-345, ids first as of KIP-394). Ring 0.
 *
 * <p>Commands decide and change nothing; a refusal is thrown as {@link MillraceException}. After each command the host
 * applies the events and calls {@link #advance} until nothing comes of it any more: what follows from several members
 * together, or from time alone, is decided there.
 *
 * <p>Invariants: members of a generation change only by a new generation, except that a static member may get a new id;
 * shares are given only by the leader of the generation, and all at once; a generation number is never used again.
 */
public final class ConsumerGroup {
    private static final long NEVER = Long.MAX_VALUE;

    private final String group;
    private final GroupOptions options;

    /** By id, in the order in which they joined. */
    private final Map<String, Member> members = new LinkedHashMap<>();
    /** Static members by instance. */
    private final Map<String, Member> instances = new HashMap<>();
    /** Ids given to clients that have not joined with them yet, and until when they may. */
    private final Map<String, Long> reserved = new LinkedHashMap<>();

    private GroupState state = EMPTY;
    private int generation;
    private String protocolType = "";
    private @Nullable String protocol;
    private @Nullable String leader;
    private long stateTimestamp = -1;
    /** While preparing: who has not joined by then is out. While completing: who has not asked for its share is out. */
    private long deadline = NEVER;
    /** While preparing: no generation begins before. */
    private long quietUntil;

    private int joining;
    private long rebalances;

    public ConsumerGroup(String group, GroupOptions options) {
        this.group = group;
        this.options = options;
    }

    public String group() {
        return group;
    }

    public GroupState state() {
        return state;
    }

    public int generation() {
        return generation;
    }

    public String protocolType() {
        return protocolType;
    }

    public int size() {
        return members.size();
    }

    /** When the group came into a state that was stored, in milliseconds since 1970; -1 if unknown. */
    public long stateTimestamp() {
        return stateTimestamp;
    }

    /** Whether nobody is in it, nor about to be. */
    public boolean isDeserted() {
        return members.isEmpty() && reserved.isEmpty() && state == EMPTY;
    }

    // Joining.

    /**
     * Asks to be in the next generation.
     *
     * @param newId the id of the member if it has none yet; never used before
     * @param ticket by which the answer is found later
     */
    public Decision join(JoinRequest request, String newId, long ticket, Moment now) {
        if (state == DEAD) throw dead();
        JoinChecks.check(request, options);
        checkProtocols(request);
        if (!request.memberId().isEmpty()) return joinAgain(request, ticket, now);
        var before = request.instanceId() == null ? null : instances.get(request.instanceId());
        if (before != null) return comeBack(before, request, newId, ticket, now);
        checkRoom(request);
        if (request.requireMemberId() && request.instanceId() == null) {
            return new Decision(
                    List.of(new MemberIdReserved(newId, now.millis() + request.sessionMillis())),
                    List.of(new JoinAnswer(ticket, Joined.memberIdRequired(newId))));
        }
        return joinNext(newId, request, ticket, now);
    }

    private void checkProtocols(JoinRequest request) {
        if (members.isEmpty()) return;
        if (!request.protocolType().equals(protocolType)) {
            throw INCONSISTENT_GROUP_PROTOCOL.because(
                    "group " + group + " has members of type " + protocolType + ", not " + request.protocolType());
        }
        for (var offered : request.protocols()) if (knownToOthers(offered.name(), request)) return;
        throw INCONSISTENT_GROUP_PROTOCOL.because(
                "none of the assignors " + names(request.protocols()) + " is known to all members of group " + group);
    }

    private boolean knownToOthers(String name, JoinRequest request) {
        for (var member : members.values()) {
            boolean self = member.id.equals(request.memberId())
                    || (member.instanceId != null && member.instanceId.equals(request.instanceId()));
            if (!self && !member.knows(name)) return false;
        }
        return true;
    }

    private static List<String> names(List<Protocol> protocols) {
        return protocols.stream().map(Protocol::name).toList();
    }

    private void checkRoom(JoinRequest request) {
        if (members.size() + reserved.size() >= options.maxMembers()) {
            throw GROUP_MAX_SIZE_REACHED.because(
                    "group " + group + " has " + options.maxMembers() + " members, which is the limit");
        }
        long bytes = JoinChecks.bytes(request.protocols());
        for (var member : members.values()) bytes += JoinChecks.bytes(member.protocols);
        if (bytes > options.maxGroupBytes() / 2) {
            throw LIMIT_EXCEEDED.because("the subscriptions of group " + group + " would take " + bytes
                    + " bytes together; at most " + options.maxGroupBytes() / 2 + " are allowed");
        }
    }

    private Decision joinAgain(JoinRequest request, long ticket, Moment now) {
        if (reserved.containsKey(request.memberId())) {
            if (request.instanceId() != null) throw unknown(request.memberId());
            return joinNext(request.memberId(), request, ticket, now);
        }
        var member = known(request.memberId(), request.instanceId());
        boolean changed = !member.protocols.equals(request.protocols());
        if (state == COMPLETING_REBALANCE && !changed) return answerAgain(member, ticket, now);
        boolean leads = member.id.equals(leader);
        if (state == STABLE && !changed && !leads) return answerAgain(member, ticket, now);
        return joinNext(member.id, request, ticket, now);
    }

    /** The member has missed the answer; nothing has changed since. */
    private Decision answerAgain(Member member, long ticket, Moment now) {
        return new Decision(
                List.of(new SessionExtended(member.id, now.millis() + member.sessionMillis)),
                List.of(new JoinAnswer(ticket, joined(member.id, state == COMPLETING_REBALANCE, false))));
    }

    private Decision joinNext(String id, JoinRequest request, long ticket, Moment now) {
        var events = new ArrayList<GroupEvent>();
        var answers = new ArrayList<Answer>();
        var known = members.get(id);
        if (known != null && known.isJoining()) answers.add(again(known.joinTicket));
        if (state != PREPARING_REBALANCE) rebalance(request.rebalanceMillis(), now, events, answers);
        events.add(new MemberJoining(id, request, ticket, now.millis() + request.sessionMillis()));
        return new Decision(events, answers);
    }

    /** A static member without an id takes the place of its former life, whose requests are fenced from now on. */
    private Decision comeBack(Member before, JoinRequest request, String newId, long ticket, Moment now) {
        var events = new ArrayList<GroupEvent>();
        var answers = new ArrayList<Answer>();
        var fenced = FENCED_INSTANCE_ID.because(
                "another member has come as instance " + Quoted.of(before.instanceId) + " of group " + group);
        for (long old : new long[] {before.joinTicket, before.syncTicket, before.watchTicket}) {
            if (old != NO_TICKET) answers.add(new Refused(old, fenced));
        }
        long session = now.millis() + request.sessionMillis();
        boolean stays = state == STABLE && protocol != null && protocol.equals(selectWith(before, request));
        if (stays) {
            boolean led = before.id.equals(leader);
            events.add(new MemberReplaced(before.id, newId, request, NO_TICKET, session));
            events.add(new GroupStored(group, imageAfter(before, newId, request, now)));
            var everybody = led ? everybodyAfter(before, newId, request) : List.<Joined.JoinedMember>of();
            answers.add(new JoinAnswer(
                    ticket,
                    new Joined(generation, protocolType, protocol, led ? newId : leader(), newId, everybody, led)));
            return new Decision(events, answers);
        }
        if (state != PREPARING_REBALANCE) {
            // The one before waits for nothing any more.
            rebalance(request.rebalanceMillis(), now, events, answers, before);
        }
        events.add(new MemberReplaced(before.id, newId, request, ticket, session));
        return new Decision(events, answers);
    }

    private GroupImage imageAfter(Member before, String newId, JoinRequest request, Moment now) {
        var after = new ArrayList<MemberImage>();
        for (var member : members.values()) {
            if (member == before) {
                var fresh = new Member(newId, request);
                after.add(fresh.image(protocol, member.assignment));
            } else {
                after.add(member.image(protocol, member.assignment));
            }
        }
        boolean led = before.id.equals(leader);
        return new GroupImage(protocolType, generation, protocol, led ? newId : leader, now.wallMillis(), after);
    }

    private List<Joined.JoinedMember> everybodyAfter(Member before, String newId, JoinRequest request) {
        var all = new ArrayList<Joined.JoinedMember>();
        for (var member : members.values()) {
            var as = member == before ? new Member(newId, request) : member;
            all.add(new Joined.JoinedMember(as.id, as.instanceId, as.metadata(protocol)));
        }
        return all;
    }

    // Generations.

    private void rebalance(int atLeastMillis, Moment now, List<GroupEvent> events, List<Answer> answers) {
        rebalance(atLeastMillis, now, events, answers, null);
    }

    /** From any state but preparing: all members are to join again; whoever waits for its share waits in vain. */
    private void rebalance(
            int atLeastMillis, Moment now, List<GroupEvent> events, List<Answer> answers, @Nullable Member except) {
        long longest = atLeastMillis;
        for (var member : members.values()) {
            longest = Math.max(longest, member.rebalanceMillis);
            if (member == except) continue;
            if (member.isSyncing()) answers.add(again(member.syncTicket));
            if (member.watchTicket != NO_TICKET) answers.add(new Woken(member.watchTicket));
        }
        long quiet = state == EMPTY ? now.millis() + options.quietMillis() : now.millis();
        events.add(new RebalanceStarted(now.millis() + longest, quiet));
    }

    /** Makes all members join again, for a reason from outside such as new partitions; nothing if they do so already. */
    public Decision rebalance(Moment now) {
        if (state != STABLE && state != COMPLETING_REBALANCE) return Decision.NOTHING;
        var events = new ArrayList<GroupEvent>();
        var answers = new ArrayList<Answer>();
        rebalance(0, now, events, answers);
        return new Decision(events, answers);
    }

    /**
     * The next thing that follows from the state and the time alone; nothing if nothing does. The host applies it and
     * asks again.
     */
    public Decision advance(Moment now) {
        for (var entry : reserved.entrySet()) {
            if (entry.getValue() <= now.millis()) return Decision.of(new MemberIdExpired(entry.getKey()));
        }
        for (var member : members.values()) {
            if (member.isExpiredAt(now.millis())) return remove(List.of(member), now);
        }
        if (state == PREPARING_REBALANCE) return prepare(now);
        if (state == COMPLETING_REBALANCE && deadline <= now.millis()) return removeSilent(now);
        return Decision.NOTHING;
    }

    private Decision prepare(Moment now) {
        boolean all = joining == members.size() && reserved.isEmpty();
        if (all && (quietUntil <= now.millis() || members.isEmpty())) return begin(now);
        if (deadline > now.millis()) return Decision.NOTHING;
        var late = new ArrayList<Member>();
        for (var member : members.values()) if (!member.isJoining() && !member.isStatic()) late.add(member);
        if (!late.isEmpty()) return remove(late, now);
        if (joining > 0 || members.isEmpty()) return begin(now);
        // Only static members are left, and none is here: they are waited for until their sessions end.
        long longest = 0;
        for (var member : members.values()) longest = Math.max(longest, member.rebalanceMillis);
        return Decision.of(new RebalanceStarted(now.millis() + Math.max(1, longest), now.millis()));
    }

    private Decision begin(Moment now) {
        int next = generation == Integer.MAX_VALUE ? 1 : generation + 1;
        if (members.isEmpty()) {
            var image = new GroupImage(protocolType, next, null, null, now.wallMillis(), List.of());
            return Decision.of(
                    new GenerationStarted(next, null, null, now.millis(), NEVER), new GroupStored(group, image));
        }
        var chosen = select();
        var leads = members.get(leader);
        var newLeader = leads != null && leads.isJoining() ? leads.id : firstJoining();
        long longest = 0;
        for (var member : members.values()) longest = Math.max(longest, member.rebalanceMillis);
        var answers = new ArrayList<Answer>();
        var everybody = everybody(chosen);
        for (var member : members.values()) {
            if (!member.isJoining()) continue;
            boolean leading = member.id.equals(newLeader);
            answers.add(new JoinAnswer(
                    member.joinTicket,
                    new Joined(
                            next, protocolType, chosen, newLeader, member.id, leading ? everybody : List.of(), false)));
        }
        var begun = new GenerationStarted(next, chosen, newLeader, now.millis(), now.millis() + longest);
        return new Decision(List.of(begun), answers);
    }

    private String firstJoining() {
        for (var member : members.values()) if (member.isJoining()) return member.id;
        throw new IllegalStateException("nobody joins group " + group);
    }

    /** The assignor that all know and most prefer. */
    private String select() {
        return select(members.values().stream().map(member -> member.protocols).toList());
    }

    private String selectWith(Member before, JoinRequest request) {
        return select(members.values().stream()
                .map(member -> member == before ? request.protocols() : member.protocols)
                .toList());
    }

    private String select(List<List<Protocol>> all) {
        var candidates = new LinkedHashMap<String, Integer>();
        for (var offered : all.get(0)) candidates.put(offered.name(), 0);
        for (var protocols : all) candidates.keySet().retainAll(names(protocols));
        if (candidates.isEmpty()) throw new IllegalStateException("members of group " + group + " share no assignor");
        for (var protocols : all) {
            for (var offered : protocols) {
                if (candidates.computeIfPresent(offered.name(), (name, votes) -> votes + 1) != null) break;
            }
        }
        var best = candidates.entrySet().iterator().next();
        for (var candidate : candidates.entrySet()) if (candidate.getValue() > best.getValue()) best = candidate;
        return best.getKey();
    }

    private List<Joined.JoinedMember> everybody(@Nullable String chosen) {
        var all = new ArrayList<Joined.JoinedMember>();
        for (var member : members.values()) {
            all.add(new Joined.JoinedMember(member.id, member.instanceId, member.metadata(chosen)));
        }
        return all;
    }

    private Joined joined(String id, boolean withMembers, boolean skip) {
        boolean leads = id.equals(leader);
        return new Joined(
                generation,
                protocolType,
                protocol,
                leader(),
                id,
                leads && withMembers ? everybody(protocol) : List.of(),
                skip);
    }

    private String leader() {
        return leader == null ? "" : leader;
    }

    private Decision removeSilent(Moment now) {
        var silent = new ArrayList<Member>();
        for (var member : members.values()) if (!member.isSyncing()) silent.add(member);
        // All are here, so the leader is, and has brought nothing: not possible, as its coming ends the waiting.
        if (silent.isEmpty()) throw new IllegalStateException("group " + group + " waits for nobody");
        return remove(silent, now);
    }

    private Decision remove(List<Member> gone, Moment now) {
        var events = new ArrayList<GroupEvent>();
        var answers = new ArrayList<Answer>();
        for (var member : gone) {
            var out = unknown(member.id);
            for (long ticket : new long[] {member.joinTicket, member.syncTicket, member.watchTicket}) {
                if (ticket != NO_TICKET) answers.add(new Refused(ticket, out));
            }
            events.add(new MemberRemoved(member.id));
        }
        if (state == STABLE || state == COMPLETING_REBALANCE) {
            var rest = new ArrayList<Answer>();
            rebalance(0, now, events, rest);
            var answered = new HashSet<Long>();
            for (var answer : answers) answered.add(answer.ticket());
            for (var answer : rest) if (!answered.contains(answer.ticket())) answers.add(answer);
        }
        return new Decision(events, answers);
    }

    // Shares.

    public Decision sync(SyncRequest request, long ticket, Moment now) {
        if (state == DEAD) throw dead();
        var member = claimed(request.claim());
        if ((request.protocolType() != null && !request.protocolType().equals(protocolType))
                || (request.protocol() != null && !request.protocol().equals(protocol))) {
            throw INCONSISTENT_GROUP_PROTOCOL.because("generation " + generation + " of group " + group + " is of type "
                    + protocolType + " with assignor " + protocol);
        }
        long session = now.millis() + member.sessionMillis;
        switch (state) {
            case PREPARING_REBALANCE -> throw rebalancing();
            case STABLE -> {
                return new Decision(
                        List.of(new SessionExtended(member.id, session)),
                        List.of(new SyncAnswer(ticket, new Synced(protocolType, protocol, member.assignment))));
            }
            case COMPLETING_REBALANCE -> {
                if (member.id.equals(leader)) return divide(member, request, ticket, now);
                var answers = member.isSyncing() ? List.<Answer>of(again(member.syncTicket)) : List.<Answer>of();
                return new Decision(List.of(new SyncWaiting(member.id, ticket, session)), answers);
            }
            default -> throw unknown(member.id);
        }
    }

    /** The leader has brought the division: it is stored whole, and everybody who waits gets its share. */
    private Decision divide(Member leading, SyncRequest request, long ticket, Moment now) {
        long bytes = 0;
        for (var share : request.assignments().values()) bytes += share.remaining();
        if (bytes > options.maxGroupBytes() / 2) {
            throw LIMIT_EXCEEDED.because("the division of group " + group + " takes " + bytes + " bytes; at most "
                    + options.maxGroupBytes() / 2 + " are allowed");
        }
        var images = new ArrayList<MemberImage>();
        var answers = new ArrayList<Answer>();
        for (var member : members.values()) {
            var share = Bytes.keep(request.assignments().getOrDefault(member.id, Bytes.NONE));
            images.add(member.image(protocol, share));
            long waiting = member == leading ? ticket : member.syncTicket;
            if (waiting != NO_TICKET) {
                answers.add(new SyncAnswer(waiting, new Synced(protocolType, protocol, share)));
            }
        }
        if (leading.isSyncing()) answers.add(again(leading.syncTicket));
        var image = new GroupImage(protocolType, generation, protocol, leader, now.wallMillis(), images);
        return new Decision(
                List.of(
                        new SessionExtended(leading.id, now.millis() + leading.sessionMillis),
                        new GroupStored(group, image)),
                answers);
    }

    // Living and leaving.

    public Decision heartbeat(Claim claim, Moment now) {
        if (state == DEAD) throw dead();
        var member = claimed(claim);
        return Decision.of(new SessionExtended(member.id, now.millis() + member.sessionMillis));
    }

    /** What a heartbeat is answered when its member is alive: null, or the reason to join again. */
    public @Nullable MillraceException called() {
        return state == PREPARING_REBALANCE ? rebalancing() : null;
    }

    public Decision watch(Claim claim, long ticket) {
        if (state == DEAD) throw dead();
        var member = claimed(claim);
        if (state == PREPARING_REBALANCE) return Decision.answer(new Woken(ticket));
        var answers =
                member.watchTicket == NO_TICKET ? List.<Answer>of() : List.<Answer>of(new Woken(member.watchTicket));
        return new Decision(List.of(new Watching(member.id, ticket)), answers);
    }

    /** One member leaves, by its id or by its instance. */
    public Decision leave(Leaving leaving, Moment now) {
        if (state == DEAD) throw dead();
        if (leaving.instanceId() == null && reserved.containsKey(leaving.memberId())) {
            return Decision.of(new MemberIdExpired(leaving.memberId()));
        }
        if (leaving.instanceId() != null) {
            var member = instances.get(leaving.instanceId());
            if (member == null) throw unknownInstance(leaving.instanceId());
            if (!leaving.memberId().isEmpty() && !leaving.memberId().equals(member.id)) {
                throw fenced(leaving.instanceId());
            }
            return remove(List.of(member), now);
        }
        return remove(List.of(known(leaving.memberId(), null)), now);
    }

    /** Whether an offset may be committed under that claim; extends the session of the member. */
    public Decision commit(Claim claim, Moment now) {
        if (state == DEAD) throw dead();
        if (claim.isNobody()) {
            if (state == EMPTY) return Decision.NOTHING;
            throw UNKNOWN_MEMBER_ID.because("group " + group + " is " + state.text() + " with " + members.size()
                    + " members; only a member commits then, under its id and generation");
        }
        if (state == EMPTY) {
            throw unknown(claim.memberId());
        }
        var member = claimed(claim);
        // Whoever has joined this generation has given back what it had before.
        if (state == COMPLETING_REBALANCE) throw rebalancing();
        return Decision.of(new SessionExtended(member.id, now.millis() + member.sessionMillis));
    }

    private Member claimed(Claim claim) {
        var member = known(claim.memberId(), claim.instanceId());
        if (claim.generation() != generation) {
            throw ILLEGAL_GENERATION.because(
                    "group " + group + " is in generation " + generation + ", not " + claim.generation());
        }
        return member;
    }

    private Member known(String id, @Nullable String instanceId) {
        if (instanceId != null) {
            var member = instances.get(instanceId);
            if (member == null) throw unknownInstance(instanceId);
            if (!member.id.equals(id)) throw fenced(instanceId);
            return member;
        }
        var member = members.get(id);
        if (member == null) throw unknown(id);
        return member;
    }

    private MillraceException unknown(String id) {
        return UNKNOWN_MEMBER_ID.because("group " + group + " has no member " + Quoted.of(id) + "; join again");
    }

    private MillraceException unknownInstance(String instanceId) {
        return UNKNOWN_MEMBER_ID.because("group " + group + " has no instance " + Quoted.of(instanceId));
    }

    private MillraceException fenced(String instanceId) {
        return FENCED_INSTANCE_ID.because(
                "instance " + Quoted.of(instanceId) + " of group " + group + " is another member now");
    }

    private MillraceException rebalancing() {
        return REBALANCE_IN_PROGRESS.because("group " + group + " divides its partitions anew; join again");
    }

    private MillraceException dead() {
        return Refusal.COORDINATOR_NOT_AVAILABLE.because("group " + group + " was deleted at this moment; try again");
    }

    private Refused again(long ticket) {
        return new Refused(ticket, rebalancing());
    }

    // Time.

    /** When {@link #advance} will have something to do if nothing happens before; {@code Long.MAX_VALUE} for never. */
    public long nextDeadline() {
        long next = NEVER;
        for (long until : reserved.values()) next = Math.min(next, until);
        for (var member : members.values()) {
            if (!member.isJoining() && !member.isSyncing()) next = Math.min(next, member.sessionDeadline);
        }
        if (state == PREPARING_REBALANCE) {
            boolean all = joining == members.size() && reserved.isEmpty();
            next = Math.min(next, all ? quietUntil : deadline);
        } else if (state == COMPLETING_REBALANCE) {
            next = Math.min(next, deadline);
        }
        return next;
    }

    // What happened.

    /** Takes over what happened. Throws {@link IllegalStateException} for an event that cannot have happened here. */
    public void apply(GroupEvent event) {
        if (event instanceof SessionExtended extended) {
            member(extended.memberId()).sessionDeadline = extended.deadline();
        } else if (event instanceof MemberIdReserved given) {
            reserved.put(given.memberId(), given.deadline());
        } else if (event instanceof MemberIdExpired expired) {
            reserved.remove(expired.memberId());
        } else if (event instanceof MemberJoining joins) {
            applyJoining(joins);
        } else if (event instanceof MemberReplaced replaced) {
            applyReplaced(replaced);
        } else if (event instanceof MemberRemoved removed) {
            applyRemoved(member(removed.memberId()));
        } else if (event instanceof RebalanceStarted started) {
            applyRebalance(started);
        } else if (event instanceof GenerationStarted begun) {
            applyGeneration(begun);
        } else if (event instanceof SyncWaiting waiting) {
            var member = member(waiting.memberId());
            member.syncTicket = waiting.ticket();
            member.sessionDeadline = waiting.sessionDeadline();
        } else if (event instanceof Watching watching) {
            member(watching.memberId()).watchTicket = watching.ticket();
        } else if (event instanceof GroupStored stored) {
            applyStored(stored.image());
        } else if (event instanceof GroupEvent.GroupRemoved) {
            state = DEAD;
        } else if (event instanceof Recovered recovered) {
            for (var member : members.values()) member.sessionDeadline = recovered.now() + member.sessionMillis;
        } else {
            throw new IllegalStateException(event + " is nothing that happens to members");
        }
    }

    private Member member(String id) {
        var member = members.get(id);
        if (member == null) throw new IllegalStateException("group " + group + " has no member " + id);
        return member;
    }

    private void applyJoining(MemberJoining joins) {
        reserved.remove(joins.memberId());
        if (members.isEmpty()) protocolType = joins.request().protocolType();
        var member = members.get(joins.memberId());
        if (member == null) {
            member = new Member(joins.memberId(), joins.request());
            members.put(member.id, member);
            if (member.instanceId != null) instances.put(member.instanceId, member);
        } else {
            member.update(joins.request());
        }
        if (!member.isJoining()) joining++;
        member.joinTicket = joins.ticket();
        member.sessionDeadline = joins.sessionDeadline();
    }

    private void applyReplaced(MemberReplaced replaced) {
        var member = member(replaced.oldId());
        var order = new ArrayList<>(members.values());
        member.id = replaced.newId();
        member.update(replaced.request());
        members.clear();
        for (var each : order) members.put(each.id, each);
        if (replaced.oldId().equals(leader)) leader = replaced.newId();
        if (member.isJoining()) joining--;
        member.joinTicket = replaced.ticket();
        if (member.isJoining()) joining++;
        member.syncTicket = NO_TICKET;
        member.watchTicket = NO_TICKET;
        member.sessionDeadline = replaced.sessionDeadline();
    }

    private void applyRemoved(Member member) {
        members.remove(member.id);
        if (member.instanceId != null) instances.remove(member.instanceId);
        if (member.isJoining()) joining--;
    }

    private void applyRebalance(RebalanceStarted started) {
        for (var member : members.values()) {
            if (state == COMPLETING_REBALANCE) member.assignment = Bytes.NONE;
            member.syncTicket = NO_TICKET;
            member.watchTicket = NO_TICKET;
        }
        state = PREPARING_REBALANCE;
        deadline = started.deadline();
        quietUntil = started.quietUntil();
    }

    private void applyGeneration(GenerationStarted begun) {
        generation = begun.generation();
        protocol = begun.protocol();
        leader = begun.leader();
        deadline = begun.deadline();
        state = members.isEmpty() ? EMPTY : COMPLETING_REBALANCE;
        rebalances++;
        joining = 0;
        for (var member : members.values()) {
            if (member.isJoining()) member.sessionDeadline = begun.now() + member.sessionMillis;
            member.joinTicket = NO_TICKET;
        }
    }

    private void applyStored(GroupImage image) {
        var order = new LinkedHashMap<String, Member>();
        Set<String> there = new HashSet<>();
        for (var each : image.members()) {
            var member = members.get(each.memberId());
            if (member == null) member = new Member(each, image.protocol());
            member.assignment = each.assignment();
            member.syncTicket = NO_TICKET;
            order.put(member.id, member);
            there.add(member.id);
        }
        members.keySet().removeIf(id -> !there.contains(id));
        members.putAll(order);
        instances.clear();
        for (var member : members.values()) if (member.instanceId != null) instances.put(member.instanceId, member);
        protocolType = image.protocolType();
        generation = image.generation();
        protocol = image.protocol();
        leader = image.leader();
        stateTimestamp = image.stateTimestamp();
        state = members.isEmpty() ? EMPTY : STABLE;
        deadline = NEVER;
    }

    /** Whether the group has a generation in which a member follows that topic, as far as the members are consumers. */
    public boolean follows(String topic) {
        if (state != STABLE && state != COMPLETING_REBALANCE) return false;
        if (!protocolType.equals(ConsumerProtocol.TYPE)) return false;
        for (var member : members.values()) {
            try {
                var subscription = ConsumerProtocol.decodeSubscription(member.metadata(protocol));
                if (subscription.topics().contains(topic)) return true;
            } catch (MillraceException foreign) {
                // What the group cannot read, its leader looks after.
                return false;
            }
        }
        return false;
    }

    /** The group for those who look from outside. */
    public GroupView view(Map<TopicPartition, Committed> offsets) {
        var views = new ArrayList<GroupView.MemberView>();
        for (var member : members.values()) {
            ByteBuffer metadata = member.protocols.isEmpty()
                    ? Bytes.NONE
                    : protocol != null && member.knows(protocol)
                            ? member.metadata(protocol)
                            : member.protocols.get(0).metadata();
            views.add(new GroupView.MemberView(
                    member.id,
                    member.instanceId,
                    member.clientId,
                    member.clientHost,
                    member.sessionMillis,
                    member.rebalanceMillis,
                    metadata,
                    state == STABLE ? member.assignment.duplicate() : Bytes.NONE.duplicate()));
        }
        return new GroupView(
                group,
                state,
                protocolType,
                state == STABLE || state == COMPLETING_REBALANCE ? protocol : null,
                state == STABLE || state == COMPLETING_REBALANCE ? leader : null,
                generation,
                views,
                offsets,
                rebalances,
                stateTimestamp);
    }

    @Override
    public String toString() {
        return "group " + group + " " + state.text() + ", generation " + generation + ", " + members.size()
                + " members";
    }
}
