//! The views agree with the audit's own fold row by row; and where they do not, the rows are named.

use almoner_audit::{
    Compared, Comparison, Difference, MAX_DIFFERENCES, OverdueLoan, ReplayTo, replay,
};
use almoner_log::Store;
use almoner_views::{Dump, catch_up};
use proptest::prelude::*;

use crate::history;
use crate::world::{World, quiet};

/// Compares until there is nothing more to say: the rows compared, or the differences.
async fn compared(world: &World) -> Result<u64, (Vec<Difference>, bool)> {
    let mut again = None;
    loop {
        let mut dump = Dump::begin(&world.store).await.unwrap();
        let source = world.source();
        let begin = Comparison::begin(&source, dump.position(), again, &mut quiet()).await;
        let mut comparison = begin.unwrap();
        loop {
            let rows = dump.next_rows().await.unwrap();
            if rows.is_empty() {
                break;
            }
            for row in rows {
                comparison.row(row.table, &row.key, &row.text);
            }
        }
        match comparison.end() {
            Compared::Same { position, rows } => {
                assert_eq!(position, world.size());
                return Ok(rows);
            }
            Compared::Differs { differences, more, .. } => return Err((differences, more)),
            Compared::Again(suspects) => again = Some(suspects),
        }
    }
}

async fn count_of_rows(store: &Store) -> u64 {
    let mut dump = Dump::begin(store).await.unwrap();
    let mut count = 0;
    loop {
        match dump.next_rows().await.unwrap().len() as u64 {
            0 => return count,
            rows => count += rows,
        }
    }
}

async fn views_agree(mut world: World) {
    history::long(&mut world, 1_500).await;
    history::other_kinds(&mut world);
    world.commit().await;
    catch_up(&world.store).await.unwrap();
    let rows = compared(&world).await.unwrap();
    assert_eq!(rows, count_of_rows(&world.store).await);
    assert!(rows > 1_500, "{rows}");
}

#[tokio::test]
async fn views_in_sqlite_agree_row_by_row() {
    views_agree(World::sqlite().await).await;
}

#[tokio::test]
async fn views_in_postgresql_agree_row_by_row() {
    views_agree(World::postgres().await).await;
}

#[tokio::test]
async fn every_row_that_was_changed_added_or_removed_is_named() {
    let mut world = World::sqlite().await;
    history::tell(&mut world);
    world.commit().await;
    catch_up(&world.store).await.unwrap();
    let database = world.store.database();
    for sql in [
        "UPDATE loan SET open_principal = open_principal + 1 WHERE loan = 'O-2'",
        "UPDATE payment SET reversed_at = NULL WHERE reversed_at IS NOT NULL",
        "DELETE FROM instalment WHERE loan = 'B-2' AND number = 2",
        "UPDATE balance SET amount = amount + 1 WHERE account = 'assets:fund_bank' AND fund = 'F.1'",
        "INSERT INTO subsidy (view_set, position, subsidy, programme, version, beneficiary, household,
             year, period, fund, amount, approved_on)
         SELECT view_set, 999999, 'forged', programme, version, beneficiary, household, year, period,
             fund, amount, approved_on FROM subsidy WHERE subsidy = 'S-2'",
        "UPDATE entry SET amount = -amount WHERE position = 8",
        "UPDATE allocation SET principal = principal + 1 WHERE loan = 'O-1' AND number = 1",
    ] {
        assert!(database.execute(sql, &[]).await.unwrap() > 0, "{sql}");
    }
    let (differences, more) = compared(&world).await.unwrap_err();
    assert!(!more);
    let of = |table: &str| {
        let found = differences.iter().filter(|difference| difference.table == table);
        found.cloned().collect::<Vec<_>>()
    };
    assert_eq!(of("loan").len(), 1);
    assert_eq!(of("loan")[0].key, "O-2");
    assert_ne!(of("loan")[0].log, of("loan")[0].view);
    assert_eq!(of("payment").len(), 1);
    let [instalment] = of("instalment").try_into().unwrap();
    assert!(instalment.key.starts_with("B-2\t2\t"));
    assert_eq!(instalment.view, None);
    assert!(of("balance").iter().all(|one| one.key.starts_with("assets:fund_bank\tF.1\t")));
    let [subsidy] = of("subsidy").try_into().unwrap();
    assert_eq!((subsidy.key.as_str(), subsidy.log), ("999999", None));
    assert_eq!(of("entry").len(), 4);
    assert!(of("allocation").iter().all(|one| one.key.starts_with("O-1\t")));
    assert!(!of("allocation").is_empty());
}

#[tokio::test]
async fn every_row_of_promises_claims_and_what_is_owed_beyond_loans_is_held_against_the_log() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    history::other_kinds(&mut world);
    history::take_back_dues(&mut world);
    world.commit().await;
    catch_up(&world.store).await.unwrap();
    compared(&world).await.unwrap();
    let database = world.store.database();
    for (table, sql) in [
        ("promise", "UPDATE promise SET monthly = monthly + 1 WHERE promise = 'P-1'"),
        ("receipt", "UPDATE receipt SET carried = carried + 1 WHERE carried = 90000"),
        ("claim", "UPDATE claim SET total = total + 1 WHERE claim = 'T-1'"),
        ("claim_line", "UPDATE claim_line SET discount = discount - 1 WHERE claim = 'T-1'"),
        ("claim_step", "DELETE FROM claim_step WHERE kind = 'returned' AND reversed_at IS NULL"),
        (
            "premium",
            "UPDATE premium SET late_fee = late_fee - 1 WHERE kind = 'auctioned'
             AND line = 1 AND reversed_at IS NULL",
        ),
        (
            "mortgage",
            "UPDATE mortgage SET surplus = surplus + 1 WHERE kind = 'auctioned' AND reversed_at IS NULL",
        ),
        (
            "demand",
            "UPDATE demand SET amount = amount - 1 WHERE kind = 'returned' AND reversed_at IS NULL",
        ),
        ("wage", "UPDATE wage SET reversed_at = NULL WHERE kind = 'recovered'"),
        ("certificate", "UPDATE certificate SET valid_until_on = NULL WHERE kind = 'issued'"),
    ] {
        let changed = database.execute(sql, &[]).await.unwrap();
        assert_eq!(changed, 1, "{sql}");
        let (differences, _) = compared(&world).await.unwrap_err();
        let [difference] = differences.as_slice() else { panic!("{sql}: {differences:?}") };
        assert_eq!(difference.table, table);
        assert_ne!(difference.log, difference.view);
        // Made anew for the next.
        almoner_views::rebuild(&world.store).await.unwrap();
    }
}

#[tokio::test]
async fn a_fen_too_many_on_one_side_is_not_made_up_for_on_the_other() {
    let mut world = World::sqlite().await;
    history::tell(&mut world);
    world.commit().await;
    catch_up(&world.store).await.unwrap();
    let database = world.store.database();
    for (loan, fen) in [("B-1", 1), ("B-2", -1)] {
        let sql = "UPDATE loan SET open_principal = open_principal + $1 WHERE loan = $2";
        database.execute(sql, &[i64::from(fen).into(), loan.into()]).await.unwrap();
    }
    let (differences, _) = compared(&world).await.unwrap_err();
    assert_eq!(differences.len(), 2);
}

#[tokio::test]
async fn views_that_are_wrong_everywhere_are_listed_in_part() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 1_000).await;
    catch_up(&world.store).await.unwrap();
    world.store.database().execute("UPDATE entry SET amount = amount * 2", &[]).await.unwrap();
    let (differences, more) = compared(&world).await.unwrap_err();
    assert_eq!(differences.len(), MAX_DIFFERENCES);
    assert!(more);
}

/// The overdue loans of both sides as the same tuples.
async fn both_arrears(world: &World, on: &str, position: u64) -> (Vec<String>, Vec<String>) {
    let on = on.parse().unwrap();
    let to = ReplayTo { position: Some(position), arrears_on: Some(on) };
    let ours = replay(&world.source(), to, &mut quiet()).await.unwrap().arrears();
    let theirs = almoner_views::arrears(&world.store, on, Some(position)).await.unwrap();
    let one = |loan: OverdueLoan| {
        let OverdueLoan { loan, programme, borrower, principal, interest, since, days, class } =
            loan;
        format!("{loan} {programme} {borrower} {principal} {interest} {since} {days} {class:?}")
    };
    let other = |loan: almoner_views::OverdueLoan| {
        one(OverdueLoan {
            loan: loan.loan,
            programme: loan.programme,
            borrower: loan.borrower,
            principal: loan.overdue_principal,
            interest: loan.overdue_interest,
            since: loan.since,
            days: loan.days_past_due,
            class: loan.class,
        })
    };
    (ours.into_iter().map(one).collect(), theirs.loans.into_iter().map(other).collect())
}

#[tokio::test]
async fn arrears_of_views_and_replay_agree_for_any_day_and_position() {
    let mut world = World::sqlite().await;
    history::tell(&mut world);
    world.commit().await;
    catch_up(&world.store).await.unwrap();
    let mut overdue = 0;
    for on in ["2024-02-15", "2024-02-18", "2024-04-16", "2024-05-21", "2024-12-31", "2026-01-31"] {
        for position in [30, 60, 100, world.size()] {
            let (ours, theirs) = both_arrears(&world, on, position).await;
            assert_eq!(ours, theirs, "on {on} at {position}");
            overdue += ours.len();
        }
    }
    assert!(overdue > 10, "{overdue}");
}

#[tokio::test]
async fn arrears_of_a_loan_agree_when_all_is_recovered_after_compensation_and_when_that_is_reversed()
 {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    history::other_kinds(&mut world);
    let rest = r#"{"loan":"K-1","payer":"guarantor","holder":"fund","amount":"94591.29","costs":"0.00","document":"收款9"}"#;
    world.command("2024-07-02", "guarantee.recover", rest);
    let recovered = world.size();
    history::reverse(&mut world, "2024-07-03", recovered);
    world.commit().await;
    catch_up(&world.store).await.unwrap();
    for (on, takes_off) in [("2023-06-30", false), ("2024-07-01", false), ("2024-07-15", true)] {
        let mut overdue = Vec::new();
        for position in [recovered - 1, recovered, world.size()] {
            let (ours, theirs) = both_arrears(&world, on, position).await;
            assert_eq!(ours, theirs, "on {on} at {position}");
            overdue.push(ours.into_iter().find(|loan| loan.starts_with("K-1 ")));
        }
        assert!(overdue[0].is_some());
        assert_eq!(overdue[0] != overdue[1], takes_off, "on {on}");
        assert_eq!(overdue[0], overdue[2], "on {on}");
    }
}

#[tokio::test]
async fn two_prepayments_that_are_reversed_in_turn_leave_the_first_schedule() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    history::lend_own(&mut world, "O-1", 1, "12000.00");
    let open = |world: &World| {
        let state = world.state.loans.get(&"O-1".parse().unwrap()).unwrap().clone();
        format!("{:?}", state.stage)
    };
    let at_first = open(&world);
    for amount in ["1000.00", "2000.00"] {
        let data = format!(r#"{{"loan":"O-1","amount":"{amount}","surplus":"prepay"}}"#);
        world.command("2024-02-05", "loan.repay", &data);
    }
    let last = world.size();
    history::reverse(&mut world, "2024-02-06", last);
    history::reverse(&mut world, "2024-02-06", last - 1);
    assert_eq!(open(&world), at_first);
    world.commit().await;
    catch_up(&world.store).await.unwrap();
    compared(&world).await.unwrap();
    let (ours, theirs) = both_arrears(&world, "2027-12-31", world.size()).await;
    assert_eq!(ours, theirs);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn views_of_any_history_agree_row_by_row(
        choices in prop::collection::vec(any::<u32>(), 100..700),
        day in 0_u64..760,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut world = World::sqlite().await;
            history::by_chance(&mut world, &choices);
            world.commit().await;
            catch_up(&world.store).await.unwrap();
            if let Err(differences) = compared(&world).await {
                panic!("{differences:?}");
            }
            let on = history::date(day);
            let (ours, theirs) = both_arrears(&world, &on, world.size()).await;
            assert_eq!(ours, theirs, "on {on}");
        });
    }
}
