import Frames
import Testing

@testable import Pipeline

/// All sequences of up to seven events, each against a list that does the same in the plainest way.
@Suite struct MailboxTests {
    private enum Event: CaseIterable { case frame, gap, take, takeWithoutSlot, discard }

    private enum Item: Hashable { case frame(Int), gap(Int) }

    private func sequences(length: Int) -> [[Event]] {
        guard length > 0 else { return [[]] }
        return sequences(length: length - 1).flatMap { head in Event.allCases.map { head + [$0] } }
    }

    /// The plain list: what waits, and the frames replaced since the last delivered one.
    private struct Model {
        var items: [Item] = []
        var replaced = 0

        var frames: Int { items.count { if case .frame = $0 { true } else { false } } }

        mutating func removeFrames() -> Int {
            defer { items.removeAll { if case .frame = $0 { true } else { false } } }
            return frames
        }

        mutating func take(_ isFree: Bool) -> (Item, Int)? {
            guard let first = items.first else { return nil }
            guard case .frame = first else { return (items.removeFirst(), 0) }
            guard isFree else { return nil }
            defer { replaced = 0 }
            return (items.removeFirst(), replaced)
        }
    }

    private func number(_ gap: Gap) -> Int { gap.lost?.lowerBound ?? -1 }

    private func check(_ mailbox: any Mailbox, replaces: Bool, _ events: [Event]) -> Bool {
        var mailbox = mailbox
        var model = Model()
        for (number, event) in events.enumerated() {
            switch event {
            case .frame where mailbox.hasRoom:
                let gone = replaces ? model.removeFrames() : 0
                model.replaced += gone
                model.items.append(.frame(number))
                guard mailbox.put(.frame(frame(number))) == gone else { return false }
            case .gap where mailbox.hasRoom:
                model.items.append(.gap(number))
                guard mailbox.put(.gap(lost(number...number))) == 0 else { return false }
            case .frame, .gap: guard !replaces, model.items.count == 3 else { return false }
            case .take, .takeWithoutSlot:
                let expected = model.take(event == .take)
                switch mailbox.take(whereSlotIsFree: event == .take) {
                case nil: guard expected == nil else { return false }
                case .frame(let frame, let dropped):
                    guard expected?.0 == .frame(frame.sequence), expected?.1 == dropped else { return false }
                case .gap(let gap): guard expected?.0 == .gap(self.number(gap)) else { return false }
                }
            case .discard: guard mailbox.discardFrames() == model.removeFrames() else { return false }
            }
            guard mailbox.frameCount == model.frames, mailbox.isEmpty == model.items.isEmpty else {
                return false
            }
        }
        return true
    }

    @Test func latestBehavesLikeThePlainListForEverySequence() {
        let wrong = sequences(length: 6).filter { !check(LatestState(), replaces: true, $0) }
        #expect(wrong.isEmpty, "\(wrong.first ?? [])")
    }

    @Test func everyBehavesLikeThePlainListForEverySequence() {
        let wrong = sequences(length: 6).filter { !check(EveryState(capacity: 3), replaces: false, $0) }
        #expect(wrong.isEmpty, "\(wrong.first ?? [])")
    }

    @Test func aFullMailboxTakesNoMore() async {
        await #expect(processExitsWith: .failure) {
            var mailbox = EveryState(capacity: 1)
            _ = mailbox.put(.frame(frame(0)))
            _ = mailbox.put(.frame(frame(1)))
        }
    }
}
