import Frames
import Testing

@testable import Pipeline

/// The queues of a run played on one thread, in whatever order a test chooses.
struct FlowGame {
    enum Turn: CaseIterable { case capture, prepare, network, sinks, stop, discard }

    enum Job: Hashable {
        case frame(Int, slot: Int)
        case gap(Int)
    }

    var flow: Flow
    var script: [SourceEvent]
    var asked = 0
    var prepare: [Job] = []
    var network: [Job] = []
    var sinks: [Job] = []
    var seen: [Job] = []
    var finishes = 0
    var cancels = 0
    var stops = 0
    var overlap = false

    init(_ script: [SourceEvent], mailbox: any Mailbox, stride: Int = 1) {
        self.script = script
        self.flow = Flow(mailbox: mailbox, slots: 2, stride: stride)
        take(flow.start())
    }

    var turns: [Turn] {
        var turns: [Turn] = []
        if asked > 0 { turns.append(.capture) }
        if !prepare.isEmpty { turns.append(.prepare) }
        if !network.isEmpty { turns.append(.network) }
        if !sinks.isEmpty { turns.append(.sinks) }
        return turns
    }

    mutating func take(_ steps: [Flow.Step]) {
        for step in steps {
            switch step {
            case .capture: asked += 1
            case .prepare(let frame, let slot, _): prepare.append(.frame(frame.sequence, slot: slot))
            case .pass(let gap): prepare.append(.gap(gap.lost?.lowerBound ?? -1))
            case .cancel: cancels += 1
            case .finish: finishes += 1
            }
        }
        if asked > 1 || prepare.count > 1 { overlap = true }
    }

    mutating func play(_ turn: Turn) {
        switch turn {
        case .capture:
            asked -= 1
            take(script.isEmpty ? flow.sourceEnded() : flow.received(script.removeFirst()))
        case .prepare:
            let job = prepare.removeFirst()
            if case .frame(_, let slot) = job, flow.isDiscarding {
                return take(flow.abandoned(slot: slot, isPreparing: true))
            }
            network.append(job)
            take(flow.handedOn())
        case .network:
            let job = network.removeFirst()
            guard case .frame(_, let slot) = job else { return sinks.append(job) }
            if flow.isDiscarding { return take(flow.abandoned(slot: slot, isPreparing: false)) }
            sinks.append(job)
            take(flow.inferred(slot: slot))
        case .sinks:
            seen.append(sinks.removeFirst())
            take(flow.delivered())
        case .stop, .discard:
            stops += 1
            take(flow.stop(discarding: turn == .discard))
        }
    }

    /// What must hold after every turn.
    var isSound: Bool {
        flow.ledger.captured == flow.ledger.accounted + flow.framesInFlight && !overlap && finishes <= 1
            && cancels <= 1 && flow.isFinished == (finishes == 1)
    }

    var numbers: [Int] {
        seen.map {
            switch $0 {
            case .frame(let number, _): number
            case .gap(let number): number
            }
        }
    }

    /// What must hold when no queue has work.
    var isWell: Bool {
        flow.isFinished && flow.ledger.isBalanced && numbers == numbers.sorted()
    }
}

@Suite struct FlowTests {
    /// Frames 0, 2, 3 and a gap that lost frame 1.
    private let script: [SourceEvent] = [
        .frame(frame(0)), .gap(lost(1...1)), .frame(frame(2)), .frame(frame(3)),
    ]

    private func everyOrder(
        _ game: FlowGame, stops: Int, _ games: inout Int, _ ends: inout Set<[Int]>, _ broken: inout Int
    ) {
        guard game.isSound else {
            broken += 1
            return
        }
        let turns = game.turns
        if turns.isEmpty {
            games += 1
            ends.insert(game.numbers)
            if !game.isWell { broken += 1 }
            return
        }
        let wishes: [FlowGame.Turn] = game.stops < stops ? [.stop, .discard] : []
        for turn in turns + wishes {
            var next = game
            next.play(turn)
            everyOrder(next, stops: stops, &games, &ends, &broken)
        }
    }

    @Test func everyOrderOfTurnsInfersEveryFrame() {
        var (games, broken) = (0, 0)
        var ends: Set<[Int]> = []
        let game = FlowGame(script, mailbox: EveryState(capacity: 1))
        everyOrder(game, stops: 0, &games, &ends, &broken)
        #expect(broken == 0)
        #expect(games > 1000)
        #expect(ends == [[0, 1, 2, 3]])
    }

    @Test func everyOrderOfTurnsKeepsTheNewestAndTheGap() {
        var (games, broken) = (0, 0)
        var ends: Set<[Int]> = []
        everyOrder(FlowGame(script, mailbox: LatestState()), stops: 0, &games, &ends, &broken)
        #expect(broken == 0)
        #expect(ends.allSatisfy { $0.contains(3) && $0.contains(1) })
        #expect(ends.contains([0, 1, 2, 3]))
        #expect(ends.contains([0, 1, 3]))
    }

    @Test(arguments: [true, false])
    func stoppingAtAnyMomentEndsInOrder(isLatest: Bool) {
        var (games, broken) = (0, 0)
        var ends: Set<[Int]> = []
        let mailbox: any Mailbox = isLatest ? LatestState() : EveryState(capacity: 2)
        let script = Array(script.prefix(3))
        everyOrder(FlowGame(script, mailbox: mailbox), stops: 1, &games, &ends, &broken)
        #expect(broken == 0)
        #expect(ends.contains([]))
        #expect(ends.contains([0]))
        #expect(ends.contains([0, 1, 2]))
    }

    @Test func randomOrdersOfLongRunsStayBalanced() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        for _ in 0..<200 {
            let script: [SourceEvent] = (0..<60).map {
                Bool.random(using: &random) ? .frame(frame($0)) : .gap(lost($0...$0))
            }
            let mailbox: any Mailbox = Bool.random(using: &random) ? LatestState() : EveryState()
            var game = FlowGame(script, mailbox: mailbox, stride: Int.random(in: 1...3, using: &random))
            while let turn = game.turns.randomElement(using: &random) {
                game.play(turn)
                if Int.random(in: 0..<300, using: &random) == 0 {
                    game.play(Bool.random(using: &random) ? .stop : .discard)
                }
                guard game.isSound else {
                    Issue.record("unsound, seed \(seed)")
                    return
                }
            }
            #expect(game.isWell, "seed \(seed)")
        }
    }

    @Test func strideSkipsAllButEveryNth() {
        var game = FlowGame((0..<7).map { .frame(frame($0)) }, mailbox: EveryState(), stride: 3)
        while let turn = game.turns.first { game.play(turn) }
        #expect(game.numbers == [0, 3, 6])
        #expect(game.flow.ledger.skipped == [.stride: 4])
    }

    @Test func aSlowSinkHoldsTheDetectorBack() {
        var game = FlowGame((0..<50).map { .frame(frame($0)) }, mailbox: EveryState())
        while let turn = game.turns.first(where: { $0 != .sinks }) { game.play(turn) }
        #expect(game.sinks.count == 2 + Flow.mostForSinks)
        while let turn = game.turns.first { game.play(turn) }
        #expect(game.numbers == Array(0..<50))
    }

    @Test func pauseAsksForNothingAndAStepForOne() {
        var game = FlowGame((0..<9).map { .frame(frame($0)) }, mailbox: EveryState())
        func settle() { while let turn = game.turns.first { game.play(turn) } }
        game.flow.pause()
        settle()
        // The request that was out when the pause came.
        #expect(game.numbers == [0])
        game.take(game.flow.grant())
        settle()
        #expect(game.numbers == [0, 1])
        game.take(game.flow.grant())
        game.take(game.flow.grant())
        settle()
        #expect(game.numbers == [0, 1, 2, 3])
        game.take(game.flow.resume())
        settle()
        #expect(game.numbers == Array(0..<9))
        #expect(game.isWell)
    }

    @Test func aPausedRunCanBeStopped() {
        var game = FlowGame(script, mailbox: EveryState())
        game.flow.pause()
        game.play(.stop)
        while let turn = game.turns.first { game.play(turn) }
        #expect(game.isWell)
        #expect(game.cancels == 1)
    }
}
